# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""nano: a PersonaPlex of a few megabytes, trained by ourselves in a closed domain.

Same architecture, file names and code path as PersonaPlex-7B with small numbers, so that every
machine without a GPU runs everything from microphone to loudspeaker. weights/README.md is its
model card; the recipe is training/ of the source tree.
"""

from pathlib import Path


def nano_directory() -> Path:
    """Return nano's model directory, which is part of this package."""
    return Path(__file__).with_name('weights')

# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""nano: a PersonaPlex of a few megabytes, written by ourselves from a seed.

Same architecture, file names and code path as PersonaPlex-7B with small numbers, so that every
machine without a GPU runs everything from microphone to loudspeaker. Its weights are random, not
trained: it says words at random and its voice is noise, on silence too. What it proves is the
pipeline, the protocol and the timing.
"""

from personaplex_ros.model.nano.writer import nano_directory
from personaplex_ros.model.nano.writer import write_nano

__all__ = ['nano_directory', 'write_nano']

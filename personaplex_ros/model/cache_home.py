# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""Where models that were made for this user lie."""

import os
from pathlib import Path


def cache_home() -> Path:
    """Return personaplex_ros/ in XDG_CACHE_HOME or ~/.cache; it need not exist yet."""
    return Path(os.environ.get('XDG_CACHE_HOME') or Path.home() / '.cache') / 'personaplex_ros'

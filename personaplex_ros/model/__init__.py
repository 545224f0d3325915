# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""PersonaPlex itself, on moshi's own classes: the only part of the package that imports torch."""

import os

import torch

if not torch.cuda.is_available():
    # moshi reads this while it is imported; without a GPU its lazily compiled functions
    # would look for a C++ compiler in the first frame (moshi 0.2.13, utils/compile.py:41).
    os.environ.setdefault('NO_TORCH_COMPILE', '1')

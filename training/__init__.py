# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""Makes trained weights for nano: speech by synthesis, Mimi, the language model, evaluation."""

import os

# moshi reads this while it is imported: compiling at the first call costs more than it gives here
os.environ.setdefault('NO_TORCH_COMPILE', '1')

# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""PersonaPlex itself, on moshi's own classes: what imports torch, and what measures it, is here
and in engine/bench and engine/doctor."""

import torch

from personaplex_ros.model.compiling import compile_where_possible

compile_where_possible(torch.cuda.is_available())

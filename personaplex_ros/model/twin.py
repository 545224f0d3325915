# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""Several streaming states over one set of weights."""

import copy
from typing import TypeVar

from torch import nn

M = TypeVar('M', bound=nn.Module)


def twin(module: M) -> M:
    """Return a module with the same weights, not a copy of them, and a state of its own.

    moshi keeps the state of a stream in the modules themselves (moshi 0.2.13,
    modules/streaming.py), so each conversation needs modules of its own; those hold kilobytes.
    module: must not be streaming yet, or its state would be copied too.
    """
    shared = {id(tensor): tensor for tensor in (*module.parameters(), *module.buffers())}
    return copy.deepcopy(module, shared)

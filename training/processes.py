# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""Work on several cores, a process each."""

from collections.abc import Callable
from collections.abc import Iterable
from collections.abc import Iterator
from multiprocessing import get_context
from typing import TypeVar

import torch

Task = TypeVar('Task')
Made = TypeVar('Made')


def side_by_side(work: Callable[[Task], Made], tasks: Iterable[Task], jobs: int) -> Iterator[Made]:
    """Yield what is made of each task, in their order; one job works in this process."""
    if jobs == 1:
        yield from map(work, tasks)
        return
    with get_context('spawn').Pool(jobs, torch.set_num_threads, (1,)) as pool:
        yield from pool.imap(work, tasks)

# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""Ending with the process that started us."""

import asyncio
import os

PERIOD_S = 0.5


async def wait_for_parent_to_end(parent: int) -> None:
    """Return once the parent is another process than this id: that one has ended.

    Polled, because Linux's own signal for it (PR_SET_PDEATHSIG) follows the thread that
    started us, not the process, and no other system has one.
    """
    while os.getppid() == parent:
        await asyncio.sleep(PERIOD_S)

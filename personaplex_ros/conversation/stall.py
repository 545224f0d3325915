# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""Tells an engine that answers from one that only takes."""

import asyncio
import time

from personaplex_ros.conversation.link import Link
from personaplex_ros.conversation.standing import Standing
from personaplex_ros.conversation.state import State

STALLED_AFTER_S = 2.0
"""An engine that owes an answer for this long is not live any more."""

LOOK_S = 0.25


async def watch(link: Link, standing: Standing) -> None:
    """Say when the engine takes frames and answers none, and when it does again; never returns."""
    while True:
        await asyncio.sleep(LOOK_S)
        late_s = time.monotonic() - link.owed_since(time.monotonic())
        if late_s > STALLED_AFTER_S and standing.status.state is State.LIVE:
            standing.report(State.DEGRADED, f'the engine has not answered for {late_s:.0f} s')
        elif late_s <= STALLED_AFTER_S and standing.status.state is State.DEGRADED:
            standing.report(State.LIVE, '')

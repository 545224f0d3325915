# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""Frames that a backend gives up are accounted for, and do not block those that follow."""

from stage import live_stage
from stage import on_a_loop

from personaplex_ros.backends.base import Unanswered


@on_a_loop
async def test_frames_a_backend_gives_up_count_as_dropped_and_the_next_are_sent():
    async with live_stage(max_frames_in_flight=2) as stage:
        stage.engine.answering = False
        stage.hear(2)
        await stage.until(lambda: stage.engine.line.sent == 2, 'for both to be sent')
        stage.hear()
        stage.engine.answering = True
        stage.engine.line.tell(Unanswered(before=2))
        await stage.until(lambda: stage.balance() == (3, 1, 2, 0), 'for the third to be answered')


@on_a_loop
async def test_frames_that_may_still_be_answered_are_waited_for():
    async with live_stage() as stage:
        stage.engine.answering = False
        stage.hear(2)
        await stage.until(lambda: stage.engine.line.sent == 2, 'for both to be sent')
        stage.engine.line.tell(Unanswered(before=1))
        stage.engine.line.answer(1)
        await stage.until(lambda: stage.balance() == (2, 1, 1, 0), 'for the second answer')

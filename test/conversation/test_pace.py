# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""A slow engine is owed less, so that what it answers is not late; a healthy one loses nothing."""

from collections.abc import Callable

import numpy as np
import pytest
from stage import live_stage
from stage import on_a_loop

from personaplex_ros.audio.live_queue import LiveQueue
from personaplex_ros.conversation.pace import Pace
from personaplex_ros.conversation.passage import Passage

FRAME_S = 0.08
MAX_OWED, MAX_WAITING = 3, 3


class Line:
    """Frames every 80 ms, an engine behind a network, in simulated time; feeds as _pump does."""

    def __init__(self, step_s: Callable[[int], float], network_s: float, tells: bool) -> None:
        """step_s: how long the step of each frame takes, by its number. tells: of its steps."""
        self.pace = Pace()
        self.delays_s: list[float] = []
        """From a frame's begin to its answer."""
        self.lost = 0
        self._step_s, self._network_s, self._tells = step_s, network_s, tells
        self._waiting: LiveQueue[Passage] = LiveQueue(MAX_WAITING)
        self._owed: list[tuple[float, Passage, float]] = []
        self._free_s = 0.0
        self._number = self._frames = 0

    def run(self, frames: int) -> 'Line':
        for _ in range(frames):
            self._frames += 1
            complete_s = self._frames * FRAME_S
            self._answers_until(complete_s)
            self.lost += self._waiting.push(Passage(complete_s - FRAME_S, complete_s))
            self._pump(complete_s)
        return self

    def _answers_until(self, end_s: float) -> None:
        while self._owed and self._owed[0][0] <= end_s:
            at_s, passage, step_s = self._owed.pop(0)
            passage.answered_s = at_s
            self.delays_s.append(at_s - passage.captured_s)
            self.pace.answered(passage, 1000 * step_s if self._tells else 0.0)
            self._pump(at_s)

    def _pump(self, now_s: float) -> None:
        while self._waiting and len(self._owed) < (1 if self.pace.is_slow else MAX_OWED):
            if self.pace.is_slow:
                self.lost += self._waiting.keep_newest()
            passage = self._waiting.pop()
            passage.sent_s = now_s
            step_s = self._step_s(self._number)
            self._number += 1
            self._free_s = max(self._free_s, now_s + self._network_s / 2) + step_s
            self._owed.append((self._free_s + self._network_s / 2, passage, step_s))


@pytest.mark.parametrize('tells', [True, False])
@pytest.mark.parametrize(('step_s', 'most_s'), [(0.16, 0.34), (0.09, 0.27), (0.12, 0.30)])
def test_an_engine_slower_than_real_time_is_late_by_its_own_time_alone(step_s, most_s, tells):
    line = Line(lambda number: step_s if number > 50 else 0.02, 0.005, tells).run(600)
    during_s = np.array(line.delays_s[80:])
    assert np.median(during_s) < most_s
    # one that does not tell of its steps is tried again now and then
    assert np.percentile(during_s, 99 if tells else 80) < most_s


@pytest.mark.parametrize('tells', [True, False])
@pytest.mark.parametrize(
    ('step_s', 'network_s'),
    [(0.02, 0.005), (0.06, 0.1), (0.075, 0.15)],
)
def test_a_healthy_engine_loses_nothing_however_far_it_is(step_s, network_s, tells):
    random = np.random.default_rng(1)
    line = Line(lambda number: step_s * random.uniform(0.7, 1.05), network_s, tells).run(2000)
    assert line.lost == 0
    assert len(line.delays_s) >= 2000 - MAX_OWED


@pytest.mark.parametrize('tells', [True, False])
def test_hiccups_of_a_healthy_engine_lose_nothing(tells):
    line = Line(lambda number: 0.3 if number % 50 == 10 else 0.03, 0.02, tells).run(1000)
    assert line.lost == 0


@pytest.mark.parametrize('tells', [True, False])
def test_an_engine_that_is_well_again_is_trusted_again(tells):
    line = Line(lambda number: 0.16 if 50 < number < 150 else 0.02, 0.005, tells).run(800)
    assert not line.pace.is_slow
    assert max(line.delays_s[-300:]) < 0.12
    lost_while_slow = line.lost
    assert line.run(200).lost == lost_while_slow


@on_a_loop
async def test_a_slow_engine_is_sent_the_newest_frame_alone_and_all_are_counted():
    async with live_stage() as stage:
        await stage.heard_and_answered(3)
        stage.conversation._connection.link.pace = pace = Pace()
        pace.is_slow = True
        stage.engine.answering = False
        stage.hear(1)
        await stage.until(lambda: stage.engine.line.sent == 4)
        stage.hear(2)
        assert stage.engine.line.sent == 4
        stage.engine.line.answer(3)
        await stage.until(lambda: stage.engine.line.sent == 5)
        assert stage.ledger.frames_dropped == 1
        assert stage.balance() == (6, 4, 1, 1)

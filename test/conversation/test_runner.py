# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""The conversation for threads: nobody waits for ever, whatever ends first."""

import asyncio
import threading
import time

import pytest
from stage import Notes
from stage import PILOT
from stage import QUICK
from stage import silence
from stage import TEACHER

from fakes.backend import ScriptedEngine
from personaplex_ros.backends.base import BackendError
from personaplex_ros.conversation.loop_thread import LoopThread
from personaplex_ros.conversation.runner import ConversationRunner
from personaplex_ros.conversation.state import State

PATIENCE_S = 5.0


def wait_until(condition) -> None:
    """Wait until a condition holds."""
    give_up_s = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < give_up_s, 'waited in vain'
        time.sleep(0.001)


class Running:
    """A runner with an engine that is made on the runner's own loop."""

    def __init__(self, **script) -> None:
        self.notes = Notes()
        self.engine: ScriptedEngine | None = None
        self._script = script
        self.runner = ConversationRunner(self._connect, QUICK, TEACHER, self.notes)
        self.runner.activate()

    def _connect(self):
        if self.engine is None:
            self.engine = ScriptedEngine()
            vars(self.engine).update(self._script)
        return self.engine.connect()

    def live(self) -> 'Running':
        """Wait until it is live."""
        wait_until(lambda: self.notes.statuses and self.notes.statuses[-1].state is State.LIVE)
        return self

    def __enter__(self) -> 'Running':
        """Use it."""
        return self

    def __exit__(self, *_: object) -> None:
        """Stop it; a second stop is harmless."""
        self.runner.stop()


def in_thread(call) -> tuple[threading.Thread, list]:
    """Run a call in a thread; return it and the list its outcome is put in."""
    outcome: list = []

    def run() -> None:
        try:
            outcome.append(call())
        except BaseException as error:
            outcome.append(error)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    return thread, outcome


def threads() -> list[str]:
    """Return the names of the conversation threads there are."""
    return [t.name for t in threading.enumerate() if t.name == 'conversation']


def test_frames_from_a_thread_are_answered():
    with Running().live() as running:
        running.runner.hear(silence(2))
        wait_until(lambda: running.runner.ledger.frames_out == 2)


def test_calls_from_a_thread_reach_the_conversation():
    with Running().live() as running:
        epoch = running.runner.epoch
        assert running.runner.interrupt() == epoch + 1 == running.runner.epoch
        assert running.runner.set_persona(PILOT) > 0
        assert running.runner.persona is PILOT
        running.runner.note_chunks(rejected=2, lost=3)
        running.runner.deactivate()
        assert running.runner.ledger.chunks_rejected == 2
        assert running.runner.ledger.chunks_lost == 3
        assert running.notes.statuses[-1].state is State.IDLE


def test_an_epoch_can_go_on_from_where_another_ended():
    runner = ConversationRunner(
        lambda: ScriptedEngine().connect(), QUICK, TEACHER, Notes(), first_epoch=41
    )
    try:
        assert runner.interrupt() == 42
    finally:
        runner.stop()


def test_stop_ends_the_thread_and_closes_the_backend():
    with Running().live() as running:
        assert threads()
        running.runner.stop()
        assert not threads()
        assert running.engine.line.closed
        running.runner.stop()


def test_whoever_waits_for_a_persona_is_told_when_it_is_stopped():
    with Running(obeying=False).live() as running:
        thread, outcome = in_thread(lambda: running.runner.set_persona(PILOT))
        wait_until(lambda: len(running.engine.roles) == 2)
        running.runner.stop()
        thread.join(PATIENCE_S)
        assert not thread.is_alive(), 'it waits for ever'
        assert isinstance(outcome[0], BackendError)
        assert 'being closed' in str(outcome[0])


def test_calls_after_stop_neither_hang_nor_break():
    with Running().live() as running:
        running.runner.stop()
        running.runner.hear(silence(1))
        running.runner.note_chunks(rejected=1, lost=0)
        with pytest.raises(BackendError, match='being closed'):
            running.runner.interrupt()
        with pytest.raises(BackendError, match='being closed'):
            running.runner.set_persona(PILOT)


def test_calls_that_race_with_stop_all_return():
    for _ in range(20):
        with Running() as running:
            calls = [in_thread(running.runner.interrupt) for _ in range(4)]
            stop = in_thread(running.runner.stop)
            for thread, _ in [*calls, stop]:
                thread.join(PATIENCE_S)
                assert not thread.is_alive(), 'a call waits for ever'
            assert all(isinstance(o[0], (int, BackendError)) for _, o in calls)


def test_a_stopped_loop_cancels_what_it_ran():
    loop = LoopThread('short')
    future = loop.submit(asyncio.sleep(3600))
    loop.stop()
    assert future.cancelled()
    assert loop.submit(asyncio.sleep(0)).cancelled()


def test_a_task_that_loses_a_cancellation_does_not_keep_a_stop_waiting(monkeypatch):
    monkeypatch.setattr('personaplex_ros.conversation.loop_thread.CANCEL_PERIOD_S', 0.01)
    loop = LoopThread('stubborn')
    begun = threading.Event()

    async def stubborn() -> None:
        try:
            begun.set()
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            await asyncio.sleep(60)

    loop.submit(stubborn())
    assert begun.wait(10)
    stopper = threading.Thread(target=loop.stop, daemon=True)
    stopper.start()
    stopper.join(10)
    assert not stopper.is_alive()

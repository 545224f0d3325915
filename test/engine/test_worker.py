# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""The model's thread: it ends when it is told to, and says so when it cannot go on."""

import threading

from fake_model import FakeModel
from harness import engine
from harness import in_loop

from personaplex_ros.engine.ledger import Ledger
from personaplex_ros.engine.worker import ModelWorker
from personaplex_ros.engine.worker import Status


class NewsThatComeTooSoon(threading.Event):
    """The word to stop comes just before the thread forgets what it was told."""

    def __init__(self, worker: ModelWorker) -> None:
        super().__init__()
        self._worker = worker

    def clear(self) -> None:
        """Be told, then forget it."""
        self._worker._stopping = True
        super().clear()


@in_loop
async def test_the_word_to_stop_is_never_slept_through() -> None:
    worker = ModelWorker(FakeModel, Ledger())
    worker._news = NewsThatComeTooSoon(worker)
    worker.start()
    worker._thread.join(10)
    assert not worker._thread.is_alive()
    await worker.settled.wait()


class UnexpectedlyBroken(FakeModel):
    """Fails where no model should: when it is asked what is pending."""

    fails = False

    @property
    def pending(self) -> bool:
        """False, or an error."""
        if self.fails:
            raise LookupError('the test said so')
        return False


@in_loop
async def test_a_thread_that_cannot_go_on_is_told_and_keeps_nobody_waiting() -> None:
    model = UnexpectedlyBroken()
    async with engine(model) as running:
        caller = await running.talk()
        model.fails = True
        await caller.send_audio(b'')
        await caller.close_code()
        status, health = await running.get('/health')
        assert (status, health['status']) == (503, Status.FAILED.value)
        assert 'LookupError' in health['detail']
        late = await running.connect()
        assert (await late.fault()).code == 'model_failed'

# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""Texts to say and kept memory as each backend takes them, over a real socket."""

import numpy as np
import pytest
from stage import on_a_loop

from fakes.engine import Behaviour
from fakes.engine import FakeEngine
from fakes.nvidia_server import NvidiaServer
from personaplex_ros.backends.base import AgentFrame
from personaplex_ros.backends.base import BackendError
from personaplex_ros.backends.base import Role
from personaplex_ros.backends.nvidia import NvidiaBackend
from personaplex_ros.backends.personaplex import PersonaPlexBackend
from personaplex_ros.wire.events import Fault
from personaplex_ros.wire.events import PersonaChanged
from personaplex_ros.wire.events import Say
from personaplex_ros.wire.events import SayDone
from personaplex_ros.wire.events import SayWord

ROLE = Role('You teach.', 'NATF2')
FRAME = np.zeros(1920, np.int16)


class Talk:
    """A backend with a session."""

    def __init__(self, engine: FakeEngine) -> None:
        self.backend = PersonaPlexBackend(engine.url, connect_timeout_s=5.0)
        self._events = self.backend.events()

    async def __aenter__(self) -> 'Talk':
        await self.backend.open(ROLE)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.backend.close()

    async def told(self):
        """Return the next event that is no frame."""
        while isinstance(event := await self._events.__anext__(), AgentFrame):
            pass
        return event


@on_a_loop
async def test_a_text_travels_as_it_is_and_its_words_and_end_come_back():
    with FakeEngine() as engine:
        async with Talk(engine) as talk:
            await talk.backend.say(7, 'Zoë, 204B', interrupt_first=False)
            for _ in range(3):
                await talk.backend.send_frame(FRAME)
            assert await talk.told() == SayWord(7, 'Zoë,', 0)
            assert await talk.told() == SayWord(7, '204B', 1)
            assert await talk.told() == SayDone(7, 'Zoë, 204B', 'finished', 3)
        assert engine.says == [Say(7, 'Zoë, 204B', False)]


@on_a_loop
async def test_cancelling_and_interrupting_end_a_text():
    with FakeEngine() as engine:
        async with Talk(engine) as talk:
            await talk.backend.say(7, 'a b', interrupt_first=False)
            await talk.backend.cancel_say(7)
            assert await talk.told() == SayDone(7, '', 'cancelled', 0)
            await talk.backend.say(8, 'a b', interrupt_first=False)
            await talk.backend.say(9, 'now', interrupt_first=True)
            assert await talk.told() == SayDone(8, '', 'interrupt', 0)


@on_a_loop
async def test_an_engine_that_does_not_know_say_answers_with_a_fault():
    with FakeEngine(Behaviour(knows_say=False)) as engine:
        async with Talk(engine) as talk:
            await talk.backend.say(7, 'a b', interrupt_first=False)
            fault = await talk.told()
            assert isinstance(fault, Fault)
            assert (fault.code, fault.id) == ('unsupported', 7)


@pytest.mark.parametrize('kept', [True, False])
@on_a_loop
async def test_a_persona_change_tells_whether_to_remember(kept):
    with FakeEngine() as engine:
        async with Talk(engine) as talk:
            await talk.backend.set_role(3, Role('You fly.', 'NATM1'), keep_memory=kept)
            assert isinstance(await talk.told(), PersonaChanged)
        assert engine.memories == [kept]


@on_a_loop
async def test_without_a_connection_asking_fails():
    backend = PersonaPlexBackend('ws://127.0.0.1:1')
    with pytest.raises(BackendError, match='no connection'):
        await backend.say(1, 'x', interrupt_first=False)


@on_a_loop
async def test_nvidias_server_cannot_be_told_what_to_say_nor_to_remember():
    with NvidiaServer() as server:
        backend = NvidiaBackend(server.url, connect_timeout_s=5.0)
        await backend.open(ROLE)
        with pytest.raises(BackendError, match='cannot be told what to say') as error:
            await backend.say(1, 'x', interrupt_first=False)
        assert error.value.code == 'unsupported'
        await backend.cancel_say(1)
        with pytest.raises(BackendError, match='leave keep_memory out'):
            await backend.set_role(2, ROLE, keep_memory=True)
        await backend.close()

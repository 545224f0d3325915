# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""A storm of requests in order, on the real engine: each is answered once, by its own answer."""

import asyncio
from collections import Counter
from pathlib import Path
from random import Random

import aiohttp
from harness import Caller
from harness import PROTOCOL_1
import pytest

from personaplex_ros.wire import events
from personaplex_ros.wire import limits
from personaplex_ros.wire.messages import Kind

from .samples import pcm_frame
from .served_engine import Watched
from .served_engine import watched_engine

pytestmark = pytest.mark.fault

PATIENCE_S = 60.0
ROUNDS = 120
MAX_FRAMES = 2_000
"""A hold or a say ends of itself long before."""

TEXTS = (
    'Good morning.', 'It is 23.5 °C at 7:05 pm.', '!!!', '😀', 'a' * 900, '-', '1/0', '“”',
    '<b>bold</b>', 'https://example.org/a?b=c', 'e\u0301', '\u202eabc', '1' * 400,
    'Hello\n\n\nthere\tagain',
)  # fmt: skip
VOICES = ('NATF2', 'NATM1', 'NOBODY', 'NATF0.pt')

ANSWERS = {
    'interrupt': events.Interrupted,
    'set_persona': events.PersonaChanged,
    'say': events.SayDone,
    'hold_text': events.TextReleased,
}


def storm(random: Random, number: int) -> events.CallerEvent:
    """Return some request; its id is its number."""
    earlier = random.randrange(number + 1)
    return random.choice(
        (
            events.Interrupt(id=number),
            events.SetPersona(
                number,
                random.choice((None, '', 'You sell tea.', 'x' * 3_999)),
                random.choice((None, *VOICES)),
                random.random() < 0.5,
            ),
            events.Say(number, random.choice(TEXTS), random.random() < 0.3),
            events.Say(number, random.choice(TEXTS)),
            events.HoldText(number, random.choice((1, 500, limits.MAX_HOLD_TEXT_MS))),
            events.CancelSay(id=earlier),
            events.ReleaseText(id=earlier),
        )
    )


class Account:
    """Which requests were answered, by what."""

    def __init__(self) -> None:
        self.asked: dict[int, str] = {}
        self.answered: Counter[int] = Counter()
        self.frames = 0

    def hear(self, kind: Kind, payload: bytes) -> None:
        """Note one message of the engine."""
        if kind is Kind.AUDIO:
            self.frames += 1
        elif kind is Kind.ERROR:
            fault = events.decode_fault(payload)
            assert not fault.fatal, fault
            if fault.id is not None and self.asked.get(fault.id) in ANSWERS:
                self.answered[fault.id] += 1
        elif kind is Kind.JSON:
            event = events.decode(payload, events.ENGINE_EVENTS)
            if type(event) in ANSWERS.values():
                assert type(event) is ANSWERS[self.asked[event.id]], event
                self.answered[event.id] += 1

    @property
    def unanswered(self) -> list[tuple[int, str]]:
        """Requests that wait for their answer."""
        return [
            (number, name)
            for number, name in self.asked.items()
            if name in ANSWERS and not self.answered[number]
        ]


async def talk(engine: Watched, seed: int) -> Account:
    """Hold a conversation in which every frame may bring a request or three."""
    random, account = Random(seed), Account()
    async with aiohttp.ClientSession() as http:
        url = f'http://127.0.0.1:{engine.port}/api/chat'
        caller = Caller(await http.ws_connect(url, params=PROTOCOL_1, compress=0))
        await caller.until_ready()
        number = 0
        while number < ROUNDS or (account.unanswered and account.frames < MAX_FRAMES):
            for _ in range(random.randrange(3) if number < ROUNDS else 0):
                request = storm(random, number)
                if request.type in ANSWERS:
                    account.asked[number] = request.type
                number += 1
                await caller.ask(request)
            heard = account.frames
            await caller.send_audio(pcm_frame())
            while account.frames == heard:
                account.hear(*await asyncio.wait_for(caller.receive(), PATIENCE_S))
        await caller.hang_up()
    return account


def test_in_a_storm_on_two_sessions_every_request_is_answered_exactly_once(
    tmp_path: Path,
) -> None:
    async def both(engine: Watched) -> list[Account]:
        return await asyncio.gather(talk(engine, seed=1), talk(engine, seed=2))

    with watched_engine(tmp_path) as engine:
        engine.wait_until_ready()
        for account in asyncio.run(both(engine)):
            assert account.unanswered == []
            assert set(account.answered.values()) == {1}, account.answered.most_common(3)
            assert set(account.asked.values()) == set(ANSWERS)
        engine.serves_a_good_caller()
        assert 'Traceback' not in engine.log.read_text()

# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""Speech on request over the wire, by nano; and how it is refused."""

import json

from harness import Caller
from harness import engine
from harness import frame
from harness import in_loop
from harness import SEEDED
import pytest

from personaplex_ros.engine.loader import load_model
from personaplex_ros.engine.settings import ServeSettings
from personaplex_ros.model.personaplex import PersonaPlex
from personaplex_ros.wire import events
from personaplex_ros.wire.limits import MAX_HOLD_TEXT_MS
from personaplex_ros.wire.limits import MAX_SAY_CHARS
from personaplex_ros.wire.limits import MAX_SAYS
from personaplex_ros.wire.messages import Kind

TEXT = 'You are a friendly robot'
LONGEST = 300


@pytest.fixture(scope='module')
def nano() -> PersonaPlex:
    return load_model(ServeSettings())


async def listen(caller: Caller, wanted: type) -> tuple[str, list]:
    """Send silence until an event of this kind; return the text spoken and all events."""
    text, told = '', []
    for _ in range(LONGEST):
        await caller.send_audio(frame(0))
        while True:
            kind, payload = await caller.receive()
            if kind is Kind.TEXT:
                text += payload.decode()
            elif kind is Kind.AUDIO:
                break
            else:
                told.append(events.decode(payload, events.ENGINE_EVENTS))
        if any(isinstance(one, wanted) for one in told):
            return text, told
    raise AssertionError(f'no {wanted.__name__} in {LONGEST} frames')


def of(kind: type, told: list) -> list:
    return [one for one in told if isinstance(one, kind)]


@in_loop
async def test_a_text_is_spoken_word_by_word_and_told(nano: PersonaPlex) -> None:
    async with engine(load=lambda: nano) as running:
        caller = await running.talk(SEEDED)
        await caller.ask(events.Say(id=7, text=TEXT))
        text, told = await listen(caller, events.SayDone)
        assert text.endswith(TEXT)
        assert [one.word for one in of(events.SayWord, told)] == TEXT.split()
        done = of(events.SayDone, told)[0]
        assert (done.id, done.spoken, done.reason) == (7, TEXT, 'finished')


@in_loop
async def test_an_interrupt_tells_what_was_spoken(nano: PersonaPlex) -> None:
    async with engine(load=lambda: nano) as running:
        caller = await running.talk(SEEDED)
        await caller.ask(events.Say(id=7, text=TEXT))
        await listen(caller, events.SayWord)
        await caller.ask(events.Interrupt(id=8))
        done = await caller.event(events.SayDone)
        assert done.reason == 'interrupt' and TEXT.startswith(done.spoken)


@in_loop
async def test_one_text_can_be_cancelled_and_the_next_one_follows(nano: PersonaPlex) -> None:
    async with engine(load=lambda: nano) as running:
        caller = await running.talk(SEEDED)
        await caller.ask(events.Say(id=1, text=TEXT))
        await caller.ask(events.Say(id=2, text='a helpful guide'))
        await listen(caller, events.SayWord)
        await caller.ask(events.CancelSay(id=1))
        _, told = await listen(caller, events.SayDone)
        assert [(one.id, one.reason) for one in of(events.SayDone, told)] == [(1, 'cancelled')]
        text, told = await listen(caller, events.SayDone)
        assert text.endswith('a helpful guide')


@in_loop
async def test_held_text_is_released_on_request(nano: PersonaPlex) -> None:
    async with engine(load=lambda: nano) as running:
        caller = await running.talk(SEEDED)
        await caller.ask(events.HoldText(id=3, max_ms=20_000))
        reports = []
        for _ in range(12):
            await caller.send_audio(frame(0))
            reports.append((await caller.answer())[0])
        assert [one.text_id for one in reports[1:]] == [3] * 11
        await caller.ask(events.ReleaseText(id=3))
        released = await caller.event(events.TextReleased)
        assert (released.id, released.reason) == (3, 'request')


@in_loop
async def test_too_many_texts_are_refused_and_those_before_are_kept(nano: PersonaPlex) -> None:
    async with engine(load=lambda: nano) as running:
        caller = await running.talk(SEEDED)
        for number in range(MAX_SAYS + 1):
            await caller.ask(events.Say(id=number, text='You are'))
        fault = await caller.fault()
        assert (fault.code, fault.id, fault.fatal) == ('busy', MAX_SAYS, False)
        for number in range(MAX_SAYS):
            _, told = await listen(caller, events.SayDone)
            assert [one.id for one in of(events.SayDone, told)] == [number]


@pytest.mark.parametrize(
    ('request_', 'code'),
    [
        (events.Say(id=5, text=''), 'bad_say'),
        (events.Say(id=5, text=' ?! '), 'bad_say'),
        (events.Say(id=5, text='a' * (MAX_SAY_CHARS + 1)), 'bad_say'),
        (events.HoldText(id=5, max_ms=MAX_HOLD_TEXT_MS + 1), 'bad_query'),
        (events.HoldText(id=5, max_ms=0), 'bad_query'),
    ],
)
@in_loop
async def test_what_cannot_be_done_is_refused_and_the_talk_goes_on(
    nano: PersonaPlex, request_: events.CallerEvent, code: str
) -> None:
    async with engine(load=lambda: nano) as running:
        caller = await running.talk(SEEDED)
        await caller.ask(request_)
        fault = await caller.fault()
        assert (fault.code, fault.id, fault.fatal) == (code, 5, False)
        await caller.send_audio(frame(0))
        await caller.answer()


@pytest.mark.parametrize('bad_id', [-1, 2**31, 10**400, 1.5, True, 'one', None])
@in_loop
async def test_an_id_that_cannot_travel_back_is_not_sent_back(bad_id: object) -> None:
    async with engine() as running:
        caller = await running.talk()
        await caller.send(Kind.JSON, json.dumps({'type': 'dance', 'id': bad_id}).encode())
        fault = await caller.fault()
        assert (fault.code, fault.id, fault.fatal) == ('bad_message', None, False)


@in_loop
async def test_texts_without_an_id_are_told_apart_by_their_order(nano: PersonaPlex) -> None:
    async with engine(load=lambda: nano) as running:
        caller = await running.talk(SEEDED)
        texts = ('You are', 'a friendly robot')
        for text in texts:
            await caller.send(Kind.JSON, json.dumps({'type': 'say', 'text': text}).encode())
        _, told = await listen(caller, events.SayDone)
        _, later = await listen(caller, events.SayDone)
        told += later
        assert [word.word for word in of(events.SayWord, told)] == ' '.join(texts).split()
        done = of(events.SayDone, told)
        assert [(one.id, one.spoken, one.reason) for one in done] == [
            (0, text, 'finished') for text in texts
        ]


@in_loop
async def test_a_cancel_without_an_id_stops_every_text_without_one(nano: PersonaPlex) -> None:
    async with engine(load=lambda: nano) as running:
        caller = await running.talk(SEEDED)
        for text in (TEXT, TEXT):
            await caller.send(Kind.JSON, json.dumps({'type': 'say', 'text': text}).encode())
        await caller.ask(events.Say(text='a guide', id=4))
        await listen(caller, events.SayWord)
        await caller.send(Kind.JSON, b'{"type":"cancel_say"}')
        done: list = []
        while len(done) < 3:
            _, told = await listen(caller, events.SayDone)
            done += of(events.SayDone, told)
        assert sorted((one.id, one.reason) for one in done) == [
            (0, 'cancelled'),
            (0, 'cancelled'),
            (4, 'finished'),
        ]

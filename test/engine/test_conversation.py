# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""protocol=1 over real sockets with the fake model: frames, requests, drops."""

import asyncio

from fake_model import FakeModel
from harness import engine
from harness import frame
from harness import in_loop
from harness import PROTOCOL_1
from harness import until
import numpy as np
import pytest

from personaplex_ros.engine.forms import PcmForm
from personaplex_ros.engine.outbox import Answer
from personaplex_ros.model.hold import HoldSettings
from personaplex_ros.model.prompt import Prompt
from personaplex_ros.wire import events
from personaplex_ros.wire.limits import INPUT_QUEUE_FRAMES
from personaplex_ros.wire.limits import OUTPUT_QUEUE_FRAMES
from personaplex_ros.wire.messages import FRAME_BYTES
from personaplex_ros.wire.messages import Kind


@in_loop
async def test_a_session_is_announced_before_ready() -> None:
    async with engine() as running:
        caller = await running.connect()
        started = await caller.until_ready()
        assert (started.protocol, started.model, started.voice) == (1, 'fake', 'NATF2')
        assert started.prompt_positions == 10 + len(PROTOCOL_1['text_prompt'])
        assert running.model.prompts[-1].text == PROTOCOL_1['text_prompt']


@in_loop
async def test_every_frame_is_answered_once_and_in_order() -> None:
    async with engine() as running:
        caller = await running.talk()
        for index in range(40):
            await caller.send_audio(frame(index))
            report, text, pcm = await caller.answer()
            assert (report.frame, report.input_frame) == (index, index)
            assert pcm == frame(index)
            assert text == (f' w{index}' if index % 3 == 0 else '')
        await caller.hang_up()
        assert await running.settled_frames() == {
            'in': 40, 'out': 40, 'dropped': 0, 'dropped_out': 0
        }  # fmt: skip


@in_loop
async def test_any_even_number_of_bytes_is_reblocked() -> None:
    sound = np.arange(FRAME_BYTES, dtype='<i2').tobytes()  # two frames
    async with engine() as running:
        caller = await running.talk()
        for start in range(0, len(sound), 634):
            await caller.send_audio(sound[start : start + 634])
        heard = (await caller.answer())[2] + (await caller.answer())[2]
        assert heard == sound


@in_loop
async def test_empty_audio_changes_nothing() -> None:
    async with engine() as running:
        caller = await running.talk()
        await caller.send_audio(b'')
        await caller.send_audio(frame(5))
        assert (await caller.answer())[2] == frame(5)


@in_loop
async def test_all_steps_run_on_one_thread_that_is_not_the_event_loop() -> None:
    async with engine() as running:
        for _ in range(2):
            caller = await running.talk()
            await caller.send_audio(frame(1))
            await caller.answer()
            await caller.hang_up()
            await running.settled_frames()
        assert running.model.threads == {running.worker._thread.ident}


@in_loop
async def test_a_late_caller_is_dropped_to_live_and_every_frame_is_counted() -> None:
    model = FakeModel()
    async with engine(model) as running:
        caller = await running.talk()
        model.step_gate.clear()
        await caller.send_audio(frame(0))
        await asyncio.to_thread(model.in_step.wait)
        for index in range(1, 11):
            await caller.send_audio(frame(index))
        while (await running.frames())['in'] < 11:
            await asyncio.sleep(0.002)
        model.step_gate.set()
        reports = [(await caller.answer())[0] for _ in range(2)]
        assert [r.input_frame for r in reports] == [0, 10], 'the newest, nothing stale before it'
        assert [r.frame for r in reports] == [0, 1]
        assert [r.dropped for r in reports] == [0, 9]
        assert await running.frames() == {'in': 11, 'out': 2, 'dropped': 9, 'dropped_out': 0}


@in_loop
async def test_ten_seconds_in_one_message_keep_only_what_is_live() -> None:
    async with engine(FakeModel(step_s=0.001)) as running:
        caller = await running.talk()
        await caller.send_audio(b''.join(frame(index) for index in range(125)))
        report = (await caller.answer())[0]
        while report.input_frame < 124:
            report = (await caller.answer())[0]
        assert report.dropped == 125 - (report.frame + 1)
        counted = await running.frames()
        assert counted['in'] == 125
        assert counted['out'] <= 1 + INPUT_QUEUE_FRAMES
        assert counted['in'] == counted['out'] + counted['dropped']


@in_loop
async def test_sound_from_before_ready_is_dropped_and_counted() -> None:
    model = FakeModel()
    model.prompt_gate.clear()
    async with engine(model) as running:
        caller = await running.connect()
        await asyncio.to_thread(model.in_prompt.wait)
        await caller.send_audio(frame(1) + frame(2) + frame(3)[:500])
        while (await running.frames())['dropped'] < 2:
            await asyncio.sleep(0.002)
        model.prompt_gate.set()
        await caller.until_ready()
        await caller.send_audio(frame(7))
        report, _, pcm = await caller.answer()
        assert (report.frame, report.input_frame, report.dropped) == (0, 2, 2)
        assert pcm == frame(7)


@in_loop
async def test_a_reader_that_stops_is_bounded_and_its_lost_answers_are_counted() -> None:
    async with engine() as running:
        caller = await running.talk()
        sent = 0
        reading = caller.socket._response.connection.transport
        reading.pause_reading()
        while (await running.frames())['dropped_out'] < 5:
            await caller.send_audio(frame(sent))
            sent += 1
            while (await running.frames())['out'] < sent:
                await asyncio.sleep(0.001)
        reading.resume_reading()
        reports = [(await caller.answer())[0]]
        while reports[-1].input_frame < sent - 1:
            reports.append((await caller.answer())[0])
        lost = reports[-1].dropped_out
        assert lost >= 5
        assert len(reports) + lost == sent
        assert reports[-1].dropped == 0
        numbers = [r.frame for r in reports]
        assert numbers == sorted(numbers)
        newest = range(sent - OUTPUT_QUEUE_FRAMES, sent)
        assert numbers[-OUTPUT_QUEUE_FRAMES:] == list(newest), 'the oldest make room, no others'


@in_loop
async def test_an_answer_that_is_lost_while_it_is_sent_is_counted() -> None:
    """Its caller hangs up when half of it is out."""
    async with engine() as running:
        caller = await running.talk()
        sending, real = asyncio.Event(), PcmForm.render

        def render(form: PcmForm, item: object) -> list[bytes]:
            if isinstance(item, Answer):
                sending.set()
                raise ConnectionResetError('the caller is gone')
            return real(form, item)

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(PcmForm, 'render', render)
            await caller.send_audio(frame(1))
            await sending.wait()
        assert await running.settled_frames() == {
            'in': 1, 'out': 1, 'dropped': 0, 'dropped_out': 1
        }  # fmt: skip


@in_loop
async def test_an_interrupt_silences_the_next_frame_and_a_timeout_releases_it() -> None:
    async with engine(FakeModel(hold=HoldSettings(hold_ms=240.0))) as running:
        caller = await running.talk()
        await caller.send_audio(frame(9))
        assert (await caller.answer())[2] == frame(9)
        await caller.ask(events.Interrupt(id=41))
        answer = await caller.event(events.Interrupted)
        assert answer == events.Interrupted(id=41, frame=1)
        for index in (1, 2, 3):
            await caller.send_audio(frame(9))
            report, _, pcm = await caller.answer()
            assert (report.frame, report.held, pcm) == (index, True, frame(0))
        await caller.send_audio(frame(9))
        assert await caller.event(events.Released) == events.Released(frame=4, reason='timeout')
        report, _, pcm = await caller.answer()
        assert (report.frame, report.held, pcm) == (4, False, frame(9))


@in_loop
async def test_a_persona_is_changed_between_two_frames() -> None:
    async with engine() as running:
        caller = await running.talk()
        await caller.send_audio(frame(1))
        await caller.answer()
        await caller.ask(events.SetPersona(7, 'You are a kiosk.', 'NATM1.pt'))
        changed = await caller.event(events.PersonaChanged)
        assert (changed.id, changed.voice, changed.frame) == (7, 'NATM1', 1)
        assert running.model.prompts[-1].voice == 'NATM1'
        assert running.model.prompts[-1].text == 'You are a kiosk.'
        await caller.send_audio(frame(2))
        assert (await caller.answer())[0].frame == 1


@in_loop
async def test_what_a_persona_change_leaves_out_stays_as_it_is() -> None:
    async with engine() as running:
        caller = await running.talk()
        for asked, becomes in (
            (events.SetPersona(text_prompt='You fly.', id=1), Prompt('You fly.', 'NATF2')),
            (events.SetPersona(voice_prompt='NATM1', id=2), Prompt('You fly.', 'NATM1')),
            (events.SetPersona(text_prompt='', id=3), Prompt('', 'NATM1')),
        ):
            await caller.ask(asked)
            changed = await caller.event(events.PersonaChanged)
            assert (changed.id, changed.voice) == (asked.id, becomes.voice)
            assert running.model.prompts[-1] == becomes
        await caller.ask(events.SetPersona(voice_prompt='NATF9', id=4))
        assert (await caller.fault()).id == 4
        await caller.ask(events.SetPersona(text_prompt='You swim.', id=5))
        assert (await caller.event(events.PersonaChanged)).voice == 'NATM1'


@in_loop
async def test_a_persona_change_that_names_nothing_is_refused() -> None:
    async with engine() as running:
        caller = await running.talk()
        await caller.ask(events.SetPersona(keep_memory=True, id=6))
        fault = await caller.fault()
        assert (fault.code, fault.id, fault.fatal) == ('bad_query', 6, False)
        assert 'neither text_prompt nor voice_prompt' in fault.message


@pytest.mark.parametrize(
    ('request_', 'answer'),
    [
        ('{"type":"interrupt"}', events.Interrupted),
        ('{"type":"set_persona","text_prompt":"You fly."}', events.PersonaChanged),
        ('{"type":"set_persona","voice_prompt":"NATF9"}', events.Fault),
        ('{"type":"set_persona"}', events.Fault),
        ('{"type":"say"}', events.Fault),
        ('{"type":"context","facts":5}', events.Fault),
    ],
)
@in_loop
async def test_a_request_without_an_id_is_answered_with_id_0(request_: str, answer: type) -> None:
    async with engine() as running:
        caller = await running.talk()
        await caller.send(Kind.JSON, request_.encode())
        told = await (caller.fault() if answer is events.Fault else caller.event(answer))
        assert isinstance(told, answer) and told.id == 0


@in_loop
async def test_a_persona_change_ends_an_interrupt() -> None:
    async with engine() as running:
        caller = await running.talk()
        await caller.ask(events.Interrupt(id=1))
        await caller.event(events.Interrupted)
        await caller.ask(events.SetPersona(2, '', 'NATF0'))
        assert await caller.event(events.Released) == events.Released(0, 'persona')
        assert (await caller.event(events.PersonaChanged)).id == 2


@pytest.mark.parametrize(
    ('text', 'voice', 'code'),
    [
        ('hello', 'NATF9', 'unknown_voice'),
        ('hello', '../../etc/passwd', 'unknown_voice'),
        ('x' * 100_000, 'NATF2', 'prompt_too_long'),
        ('x' * 3_500, 'NATF2', 'prompt_too_long'),
        ('nul \0 byte', 'NATF2', 'bad_query'),
    ],
)
@in_loop
async def test_a_bad_persona_is_refused_and_the_old_one_talks_on(
    text: str, voice: str, code: str
) -> None:
    async with engine() as running:
        caller = await running.talk()
        await caller.ask(events.SetPersona(3, text, voice))
        fault = await caller.fault()
        assert (fault.code, fault.id, fault.fatal) == (code, 3, False)
        await caller.send_audio(frame(4))
        assert (await caller.answer())[2] == frame(4)


@in_loop
async def test_facts_reach_the_session_one_a_line() -> None:
    async with engine() as running:
        caller = await running.talk()
        await caller.ask(events.Context(0, ' It rains.\n\n The light was done. ', rebuild=True))
        await caller.ask(events.Context(0, ''))
        await until(lambda: len(running.model.learnt) == 2)
        assert running.model.learnt == [(['It rains.', 'The light was done.'], True), ([], False)]


@in_loop
async def test_a_context_beyond_the_limits_is_refused_and_the_talk_goes_on() -> None:
    async with engine() as running:
        caller = await running.talk()
        await caller.ask(events.Context(6, 'x\n' * 13))
        fault = await caller.fault()
        assert (fault.code, fault.id, fault.fatal) == ('bad_context', 6, False)
        await caller.send_audio(frame(4))
        assert (await caller.answer())[2] == frame(4)
        assert running.model.learnt == []


@in_loop
async def test_requests_go_before_waiting_sound_and_keep_their_order() -> None:
    model = FakeModel()
    async with engine(model) as running:
        caller = await running.talk()
        model.step_gate.clear()
        await caller.send_audio(frame(1))
        await asyncio.to_thread(model.in_step.wait)
        await caller.send_audio(frame(2))
        await caller.ask(events.Interrupt(id=1))
        await caller.ask(events.SetPersona(2, '', 'NATM1'))
        await caller.ask(events.Interrupt(id=3))
        await caller.send(Kind.PING)
        while (await caller.receive())[0] is not Kind.PING:
            pass
        model.step_gate.set()
        await caller.answer()
        assert await caller.event(events.Interrupted) == events.Interrupted(1, 1)
        assert (await caller.event(events.PersonaChanged)).id == 2
        assert await caller.event(events.Interrupted) == events.Interrupted(3, 1)
        assert (await caller.answer())[0].held


@in_loop
async def test_too_many_waiting_requests_are_refused_one_by_one() -> None:
    model = FakeModel()
    async with engine(model) as running:
        caller = await running.talk()
        model.step_gate.clear()
        await caller.send_audio(frame(1))
        await asyncio.to_thread(model.in_step.wait)
        for number in range(9):
            await caller.ask(events.Interrupt(id=number))
        fault = await caller.fault()
        assert (fault.code, fault.id, fault.fatal) == ('busy', 8, False)


@in_loop
async def test_a_ping_is_echoed() -> None:
    async with engine() as running:
        caller = await running.talk()
        await caller.send(Kind.PING, b'17')
        assert await caller.receive() == (Kind.PING, b'17')


@in_loop
async def test_info_shows_model_counters_and_times() -> None:
    async with engine(FakeModel(step_s=0.002)) as running:
        caller = await running.talk()
        for index in range(10):
            await caller.send_audio(frame(index))
            await caller.answer()
        status, info = await running.get('/api/info')
        assert status == 200
        assert (info['model'], info['voices']) == ('fake', ['NATF0', 'NATF2', 'NATM1'])
        assert (info['sample_rate_hz'], info['frame_samples']) == (24_000, 1_920)
        assert info['sessions'] == {'active': 1, 'max': 1}
        assert info['frame_ms'] == {'p50': 2.0, 'p99': 2.0, 'max': 2.0}
        assert 0.0 < info['overhead_ms']['p50'] <= info['overhead_ms']['max']
        await until(lambda: running.worker.settled.is_set())

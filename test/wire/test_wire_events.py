# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""The JSON messages of protocol=1: what is sent comes back, what is malformed is told."""

import dataclasses
import json

import pytest

from personaplex_ros.wire import events
from personaplex_ros.wire.messages import Kind
from personaplex_ros.wire.messages import unpack
from personaplex_ros.wire.messages import WireError

ENGINE = [
    events.SessionStarted('abc', 'nano', 'NATF2', prompt_positions=57, prompt_ms=41.2),
    events.FrameReport(9, 11, 260, 18.3, wait_ms=0.4, dropped=2, dropped_out=1, held=True),
    events.FrameReport(0, 0, 3, 0.0),
    events.Interrupted(id=4, frame=12),
    events.Released(frame=20, reason='user_speech'),
    events.PersonaChanged(5, 'NATM1', 60, 12.5, frame=33),
    events.PersonaChanged(6, 'NATM1', 90, 14.5, frame=33, facts=2),
    events.Rebuilt(frame=2_400, positions=500, prompt_positions=92, ms=210.5),
    events.Rebuilt(frame=300, positions=400, prompt_positions=140, ms=180.5, facts=3),
    events.SayWord(id=6, word='204B,', frame=40),
    events.SayDone(id=6, spoken='Room 204B, please.', reason='finished', frame=61),
    events.TextReleased(id=7, frame=70, reason='timeout'),
]
CALLER = [
    events.Interrupt(id=1),
    events.SetPersona(2, 'Du bist Zoë, „freundlich“ \n\t 你好', 'NATM1'),
    events.SetPersona(3, '', 'x', keep_memory=True),
    events.SetPersona(9, voice_prompt='NATF0'),
    events.Context(4, 'The light was done.\nZoë „kommt“ 你好'),
    events.Context(0, '', rebuild=True),
    events.Say(6, 'Grüß dich, Zoë!', interrupt_first=True),
    events.CancelSay(id=6),
    events.HoldText(max_ms=2_000, id=7),
    events.ReleaseText(id=7),
]
MINIMAL = {
    'session': {
        'session': 's', 'model': 'm', 'voice': 'v', 'prompt_positions': 1, 'prompt_ms': 1.0,
    },
    'frame': {'frame': 0, 'input_frame': 0, 'text_id': 3, 'model_ms': 1.0},
    'interrupted': {'id': 1, 'frame': 1},
    'released': {'frame': 1, 'reason': 'timeout'},
    'persona': {'id': 1, 'voice': 'v', 'prompt_positions': 1, 'prompt_ms': 1.0, 'frame': 1},
    'rebuilt': {'frame': 1, 'positions': 1, 'prompt_positions': 1, 'ms': 1.0},
    'say_word': {'id': 1, 'word': 'w', 'frame': 1},
    'say_done': {'id': 1, 'spoken': 'w', 'reason': 'finished', 'frame': 1},
    'text_released': {'id': 1, 'frame': 1, 'reason': 'timeout'},
    'interrupt': {},
    'set_persona': {},
    'context': {'facts': 'f'},
    'say': {'text': 't'},
    'cancel_say': {},
    'hold_text': {'max_ms': 1},
    'release_text': {},
}  # fmt: skip


def expected(name: str) -> tuple:
    """Return the classes of the side that sends this type."""
    return next(
        side for side in (events.ENGINE_EVENTS, events.CALLER_EVENTS)
        if name in [cls.type for cls in side]
    )  # fmt: skip


def decode(name: str, **fields):
    """Decode a message given as JSON values."""
    return events.decode(json.dumps({'type': name, **fields}).encode(), expected(name))


def fields_of(name: str) -> list:
    """Return the dataclass fields of a type."""
    return dataclasses.fields(next(cls for cls in expected(name) if cls.type == name))


@pytest.mark.parametrize('event', ENGINE + CALLER, ids=lambda event: event.type)
def test_an_event_comes_back_as_it_was_encoded(event):
    kind, payload = unpack(events.encode(event))
    assert kind is Kind.JSON
    assert json.loads(payload)['type'] == event.type
    assert events.decode(payload, expected(event.type)) == event


def test_every_type_there_is_round_trips_here():
    sampled = {type(event) for event in ENGINE + CALLER}
    assert sampled == {*events.ENGINE_EVENTS, *events.CALLER_EVENTS}
    assert {cls.type for cls in sampled} == set(MINIMAL)


@pytest.mark.parametrize('name', MINIMAL)
def test_fields_with_a_default_may_be_left_out(name):
    event = decode(name, **MINIMAL[name])
    for field in fields_of(name):
        default = 0 if field.name == 'id' else field.default
        wanted = MINIMAL[name].get(field.name, default)
        assert getattr(event, field.name) == wanted


@pytest.mark.parametrize('name', MINIMAL)
def test_unknown_fields_are_left_to_newer_engines(name):
    assert decode(name, **MINIMAL[name], mood='sunny') == decode(name, **MINIMAL[name])


@pytest.mark.parametrize(
    ('name', 'missing'), [(name, key) for name, fields in MINIMAL.items() for key in fields]
)
def test_a_missing_field_is_named(name, missing):
    fields = {key: value for key, value in MINIMAL[name].items() if key != missing}
    with pytest.raises(WireError, match=f"{name} lacks its field '{missing}'"):
        decode(name, **fields)


@pytest.mark.parametrize(
    ('name', 'key', 'wrong'),
    [
        (name, key, wrong)
        for name, fields in MINIMAL.items()
        for key, right in fields.items()
        for wrong in (None, [], {}, True, 'text', 1.5)
        if type(wrong) is not type(right)
    ]
    + [(cls.type, 'id', wrong) for cls in events.CALLER_EVENTS for wrong in (None, True, '1')]
    + [('set_persona', 'text_prompt', 5), ('set_persona', 'voice_prompt', [])],
)
def test_a_field_of_the_wrong_type_is_named_with_the_right_one(name, key, wrong):
    with pytest.raises(WireError, match=rf'{name}\.{key} is {type(wrong).__name__}; expected'):
        decode(name, **{**MINIMAL[name], key: wrong})


@pytest.mark.parametrize('wrong', [None, 0, 1, 'yes', []])
@pytest.mark.parametrize(
    ('name', 'key'), [('say', 'interrupt_first'), ('set_persona', 'keep_memory')]
)
def test_a_switch_is_true_or_false_and_nothing_like_it(name, key, wrong):
    with pytest.raises(WireError, match=rf'{name}\.{key} is .*; expected bool'):
        decode(name, **MINIMAL[name], **{key: wrong})


def test_a_whole_number_serves_where_a_fraction_is_expected():
    assert decode('frame', **{**MINIMAL['frame'], 'model_ms': 18}).model_ms == 18.0


@pytest.mark.parametrize('literal', ['NaN', 'Infinity', '-Infinity', '1e999'])
def test_numbers_that_are_none_are_refused(literal):
    payload = '{"type":"frame","frame":0,"input_frame":0,"text_id":3,"model_ms":' + literal + '}'
    with pytest.raises(WireError, match=r'frame\.model_ms is -?(nan|inf); expected a finite'):
        events.decode(payload.encode(), events.ENGINE_EVENTS)


def test_a_whole_number_too_large_for_a_fraction_is_refused():
    with pytest.raises(WireError):
        decode('frame', **{**MINIMAL['frame'], 'model_ms': 10**400})


@pytest.mark.parametrize(
    'payload',
    [b'', b'{', b'\xff\xfe', b'{"type":"frame"', b'[' * 100_000, b'\x00', b'{"type":1}x'],
    ids=['empty', 'open', 'no utf-8', 'cut', 'deep', 'nul', 'trailing'],
)
def test_what_is_no_json_is_told(payload):
    with pytest.raises(WireError, match='message is not JSON') as error:
        events.decode(payload, events.ENGINE_EVENTS)
    assert len(str(error.value)) < 200


@pytest.mark.parametrize('payload', [b'[]', b'"frame"', b'7', b'null', b'true'])
def test_json_that_is_no_object_is_told(payload):
    with pytest.raises(WireError, match='expected an object'):
        events.decode(payload, events.ENGINE_EVENTS)


@pytest.mark.parametrize('name', ['dance', '', None, 7, ['frame'], 'x' * 100_000])
def test_an_unknown_type_is_told_with_those_there_are(name):
    with pytest.raises(WireError, match='expected one of interrupt, set_persona') as error:
        events.decode(json.dumps({'type': name}).encode(), events.CALLER_EVENTS)
    assert len(str(error.value)) < 200


def test_the_engines_messages_are_none_of_the_callers():
    payload = unpack(events.encode(ENGINE[0]))[1]
    with pytest.raises(WireError, match="unknown message type 'session'"):
        events.decode(payload, events.CALLER_EVENTS)


@pytest.mark.parametrize(
    'fault',
    [
        events.Fault('busy', 'one session at a time', fatal=True),
        events.Fault('unknown_voice', 'voice „X“ is not here', fatal=False, id=3),
    ],
)
def test_a_fault_comes_back_as_it_was_encoded(fault):
    kind, payload = unpack(events.encode(fault))
    assert kind is Kind.ERROR
    assert events.decode_fault(payload) == fault
    assert ('id' in json.loads(payload)) == (fault.id is not None)


@pytest.mark.parametrize(
    'payload', [b'server is full', 'voll: später'.encode(), b'{"message":"no code"}', b'7']
)
def test_upstreams_plain_sentence_is_a_fatal_fault(payload):
    fault = events.decode_fault(payload)
    assert (fault.code, fault.fatal, fault.id) == ('error', True, None)
    assert fault.message == payload.decode()


def test_an_endless_or_unreadable_error_text_is_bounded_and_readable():
    assert len(events.decode_fault(b'x' * 100_000).message) == 500
    assert events.decode_fault(b'\xff\xfe').message == '\ufffd\ufffd'


def test_an_error_text_is_one_line_in_a_log_whatever_the_engine_sent():
    fault = events.decode_fault(
        json.dumps(
            {'code': 'x' * 9_000, 'message': 'a\nERROR b\x1b[2J\u2028c' + 'd' * 9_000}
        ).encode()
    )
    assert len(fault.code) == events.MAX_FAULT_CHARS >= len(fault.message)
    assert fault.message.startswith('a ERROR b [2J c')
    assert events.decode_fault(b'{"code":"","message":" \\n "}').message == 'no reason given'


def test_a_number_of_thousands_of_digits_is_not_told_digit_by_digit():
    with pytest.raises(WireError, match=r'interrupt\.id is 9999') as error:
        decode('interrupt', id=int('9' * 4_000))
    assert len(str(error.value)) < 200

# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""The demo judges itself: what is not sound is found and named."""

import numpy as np
import pytest

from demo import talk
from demo.report import Recording
from demo.report import summarise
from demo.report import table
from personaplex_ros.audio.format import SAMPLE_RATE_HZ


def metrics(**changes) -> dict:
    return {
        'event': 'metrics',
        't_s': 9.9,
        'frames_in': 125,
        'frames_out': 125,
        'frames_dropped': 0,
        'chunks_lost': 0,
        'engine_errors': 0,
        'model_ms': [20.0, 30.0, 31.0],
        'overhead_ms': [2.0, 5.0, 9.0],
    } | changes


def recording(**changes) -> Recording:
    """Return ten seconds of a sound run: speech everywhere but after the interrupt at 4 s."""
    tape = np.zeros((10 * SAMPLE_RATE_HZ, 2), np.int16)
    tape[:, 1] = 3000
    tape[4 * SAMPLE_RATE_HZ : 5 * SAMPLE_RATE_HZ, 1] = 0
    events = [
        {'event': 'state', 't_s': 0.0, 'state': 'LIVE', 'model': 'nano', 'persona': 'teacher'},
        {'event': 'epoch', 't_s': 4.0, 'epoch': 1},
        {'event': 'epoch', 't_s': 7.0, 'epoch': 2},
        {'event': 'state', 't_s': 7.0, 'state': 'LIVE', 'model': 'nano', 'persona': 'barista'},
        metrics(),
    ]
    visit = {'interrupt_to_silence_ms': 2.5, 'persona_switch_ms': 40.0, 'persona_switched': True}
    utterances = [{'speaker': 'agent', 'text': 'hello there'}, {'speaker': 'agent', 'text': 'bye'}]
    parts = {'tape': tape, 'events': events, 'utterances': utterances, 'visit': visit}
    return Recording(**(parts | changes))


def test_a_sound_run_has_no_problems_and_all_its_figures():
    summary = summarise(recording(), 'make demo')
    assert summary['problems'] == []
    assert summary['model'] == 'nano'
    assert summary['text'] == 'hello there bye'
    assert summary['frame_ms'] == {'p50': 20.0, 'p99': 30.0, 'max': 31.0}
    assert summary['personas'] == ['teacher', 'barista']
    assert summary['tool_events'] == []
    assert summary['conditions']['command'] == 'make demo'


@pytest.mark.parametrize(
    ('change', 'problem'),
    [
        ({'frames_out': 0, 'frames_dropped': 125}, 'did not answer'),
        ({'frames_out': 123, 'frames_dropped': 2}, '2 frames dropped'),
        ({'frames_out': 124}, '1 frames are not accounted for'),
        ({'engine_errors': 1}, '1 engine errors'),
        ({'chunks_lost': 3}, '3 chunks lost'),
    ],
)
def test_a_bad_count_is_a_problem(change, problem):
    events = [*recording().events[:-1], metrics(**change)]
    assert problem in ' '.join(summarise(recording(events=events), '')['problems'])


def tool(stage: str, call_id: str = 'a-1') -> dict:
    return {
        'event': 'tool',
        't_s': 1.0,
        'tool': 'go_to',
        'call_id': call_id,
        'stage': stage,
        'arguments': {},
        'source': 'user',
        'reason': '',
    }


def test_scripted_words_must_lead_to_a_call_a_refusal_and_a_confirmed_call():
    visit = recording().visit | {'scripted_words': ['Go.']}
    steps = [tool('CONFIRMING'), tool('SENT'), tool('REFUSED', 'a-2')]
    events = [*recording().events, *steps]
    sound = summarise(recording(visit=visit, events=events), '')
    assert sound['problems'] == []
    assert [event['stage'] for event in sound['tool_events']] == ['CONFIRMING', 'SENT', 'REFUSED']
    assert '1 called, 1 refused, 1 confirmed' in table(sound)
    for missing, what in ((0, 'confirmed'), (1, 'called'), (2, 'refused')):
        events = [*recording().events, *(s for at, s in enumerate(steps) if at != missing)]
        told = summarise(recording(visit=visit, events=events), '')['problems']
        assert f'no tool was {what}' in told


def test_a_robot_that_only_answers_silence_did_not_answer():
    tape = np.zeros((SAMPLE_RATE_HZ, 2), np.int16)
    assert 'the robot did not answer' in summarise(recording(tape=tape), '')['problems']


def test_a_robot_heard_after_the_interrupt_is_a_problem():
    tape = recording().tape.copy()
    tape[:, 1] = 3000
    assert (
        'the robot was heard after the interrupt'
        in summarise(recording(tape=tape), '')['problems']
    )


def test_an_unanswered_interrupt_and_persona_are_problems():
    found = ' '.join(summarise(recording(visit={}), '')['problems'])
    assert 'interrupt was not answered' in found
    assert 'persona not switched' in found


def test_the_table_shows_counts_and_latencies():
    shown = table(summarise(recording(), 'make demo'))
    assert '125 / 125 / 0' in shown
    assert 'teacher → barista' in shown


def heard(t_s: float, text: str) -> dict:
    return {'event': 'heard', 't_s': t_s, 'text': text}


def words(t_s: float, text: str) -> list[dict]:
    pieces = [f' {word}' for word in text.split()]
    return [{'event': 'token', 't_s': t_s + 0.1 * at, 'piece': p} for at, p in enumerate(pieces)]


def test_every_sentence_of_the_visitor_stands_beside_its_answer():
    said = [
        *(heard(1.0, 'who are you'), *words(0.9, 'My name is Mira.')),
        *(heard(4.0, 'tell me a joke'), *words(4.2, 'Robots never')),
        *(heard(7.0, 'where is the exit'), *words(7.2, 'Coming to you.')),
        heard(9.0, 'mumble'),
    ]
    replies = {
        'who are you': 'My name is Mira.',
        'tell me a joke': 'Robots never get lost.',
        'where is the exit': 'Exit is behind the shop.',
        'mumble': '',
    }
    events = [*recording().events, *said]
    summary = summarise(recording(events=events, replies=replies), '')
    assert [one['robot'] for one in summary['conversation']] == [
        'My name is Mira.', 'Robots never', 'Coming to you.', ''
    ]  # fmt: skip
    assert [one.get('understood') for one in summary['conversation']] == [True, True, False, None]
    assert '2 of 3 understood, 1 answered word for word' in table(summary)


def test_a_wrong_answer_is_told_and_is_no_fault_of_the_run():
    events = [*recording().events, heard(1.0, 'who are you'), *words(1.2, 'Turning left.')]
    told = recording(events=events, replies={'who are you': 'My name is Mira.'})
    assert summarise(told, '')['problems'] == []
    assert '(right: My name is Mira.)' in '\n'.join(talk.told(told.conversation))

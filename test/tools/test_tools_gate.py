# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""Every call passes the gate or is refused with a reason, and no way through it gets stuck."""

import math

import pytest
from robot_hands import catalogue
from robot_hands import entry
from robot_hands import Robot
from robot_hands import stages

from personaplex_ros.tools.steps import Stage
from personaplex_ros.tools.steps import Step

ACTION = '{kind: action, name: wave, type: a_msgs/action/Wave}'
TOPIC = '{kind: topic, name: wave, type: std_msgs/msg/Empty}'
LEVEL = '{level: {type: integer, minimum: 0, maximum: 10}}'
ASKS = {'policy': '{confirm: spoken, cooldown_s: 0}', 'say': '{ask: "Shall I wave?"}'}


def robot(*entries: str, **changes) -> Robot:
    return Robot(catalogue(''.join(entries) or entry(**changes)))


def test_a_service_goes_from_proposal_to_result():
    waver = robot()
    steps = waver.user('wave')
    call_id = waver.sent[0].call_id
    steps += waver.intent.succeeded(call_id, 'done')
    assert stages(steps) == ['PROPOSED', 'ACCEPTED', 'SENT', 'SUCCEEDED']
    assert {step.call_id for step in steps} == {call_id}
    assert waver.intent.open_calls == []


def test_a_topic_has_succeeded_when_it_is_published():
    assert stages(robot(call=TOPIC).user('wave'))[-2:] == ['SENT', 'SUCCEEDED']


def test_feedback_of_an_action_is_a_step_until_its_end():
    waver = robot(call=ACTION)
    waver.user('wave')
    call_id = waver.sent[0].call_id
    assert stages(waver.intent.feedback(call_id, 'half')) == ['FEEDBACK']
    assert stages(waver.intent.succeeded(call_id)) == ['SUCCEEDED']
    assert waver.intent.feedback(call_id, 'late') == []
    assert waver.intent.failed(call_id, 'late') == []


@pytest.mark.parametrize(
    ('name', 'arguments', 'reason'),
    [
        ('nod', '{}', 'allow-list'),
        ('', '{}', 'allow-list'),
        ('wave', '{"level": 11}', 'maximum'),
        ('wave', '{"level": "high"}', 'not of type'),
        ('wave', '{"level": true}', 'not of type'),
        ('wave', '{"level": 1.5}', 'not of type'),
        ('wave', '{"level": NaN}', 'no number'),
        ('wave', '{"level": Infinity}', 'no number'),
        ('wave', '{"level": 1, "level": 2}', 'given twice'),
        ('wave', '{"level": 1, "speed": 2}', "'speed' was unexpected"),
        ('wave', '{}', 'required'),
        ('wave', '[1]', 'JSON object'),
        ('wave', '{', 'no JSON'),
        ('wave', '[' * 100_000, 'characters'),
        ('wave', '[' * 3_000, 'no JSON'),
        ('wave', '{"level": [1]}', 'nested'),
        ('wave', '{"level": {"of": 1}}', 'nested'),
        *[('wave', f'{{"level": {"[" * n}{"]" * n}}}', '') for n in (350, 700, *range(975, 1000))],
    ],
)
def test_structured_calls_that_do_not_fit_are_refused(name, arguments, reason):
    waver = robot(source='agent', phrases='{}', parameters=LEVEL)
    steps = waver.intent.function_call(name, arguments)
    assert steps[-1].stage is Stage.REFUSED and reason in steps[-1].reason
    assert waver.sent == []


@pytest.mark.parametrize(
    'number', ['1e999', '-1e999', '1e300', '-1e18', '9' * 400, f'-{"9" * 19}', f'1{"0" * 18}']
)
@pytest.mark.parametrize('kind', ['number', 'integer'])
def test_a_number_that_no_message_could_take_is_refused_and_recorded(kind, number):
    level = f'{{type: {kind}, minimum: 0, maximum: {"9" * 18}, multipleOf: 0.5}}'
    waver = robot(source='agent', phrases='{}', parameters=f'{{level: {level}}}')
    steps = waver.intent.function_call('wave', f'{{"level": {number}}}')
    assert stages(steps) == ['REFUSED'] and 'over 18 digits' in steps[-1].reason
    waver.intent.function_call('wave', f'{{"level": {"9" * 18}}}')
    assert waver.made == ['wave'], 'one of 18 digits fits'


@pytest.mark.parametrize('arguments', ['{}', '{'])
def test_a_name_longer_than_any_tools_is_refused_and_recorded_only_in_part(arguments):
    waver = robot(source='agent', phrases='{}')
    name = 'wave' * 1_000_000
    refused = [
        *waver.intent.function_call(name, arguments),
        *waver.intent.refuse_call(name, 'agent', 'too late'),
    ]
    assert stages(refused) == ['REFUSED'] * 2
    assert all(step.tool == 'wave' * 16 and len(step.reason) < 200 for step in refused)


def test_a_name_longer_than_any_tools_in_a_tag_is_refused_with_its_reason():
    steps = robot().agent(f'<tool_call>{{"name": "{"w" * 3_000}"}}</tool_call>', size=1_000)
    assert stages(steps) == ['REFUSED']
    assert (len(steps[0].tool), 'a name of 3000 characters' in steps[0].reason) == (64, True)


@pytest.mark.parametrize('bound', ['maxLength: 5', 'enum: [hello]'])
def test_a_text_that_is_too_long_meets_no_pattern(bound):
    text = f'{{text: {{type: string, {bound}, pattern: "^l*l*l*l*x$"}}}}'
    waver = robot(source='agent', phrases='{}', parameters=text)
    steps = waver.intent.function_call('wave', '{"text": "' + 'l' * 3_000 + '"}')
    assert stages(steps) == ['PROPOSED', 'REFUSED'] and 'characters, over 5' in steps[-1].reason


def test_arguments_are_checked_before_anything_is_asked():
    waver = robot(source='agent', phrases='{}', parameters=LEVEL, **ASKS)
    waver.intent.function_call('wave', '{"level": 11}')
    assert waver.said == []


def test_names_of_arguments_become_canonical_and_defaults_are_filled_in():
    waver = robot(
        source='agent',
        phrases='{}',
        parameters='{where: {type: string, enum: [front_door, hall]}, '
        'n: {type: integer, minimum: 0, maximum: 9, default: 2}}',
        more='    words: {where: {hall: [corridor]}}\n',
        policy='{cooldown_s: 0}',
        call=TOPIC,
    )
    steps = waver.intent.function_call('wave', '{"where": "Front door", "n": 3.0}')
    assert steps[-1].arguments == {'where': 'front_door', 'n': 3}
    assert isinstance(steps[-1].arguments['n'], int)
    steps = waver.intent.function_call('wave', '{"where": "corridor"}')
    assert steps[-1].arguments == {'where': 'hall', 'n': 2}


@pytest.mark.parametrize('source', ['agent', 'background', 'operator', 'nobody'])
def test_a_tool_of_the_user_is_refused_to_everyone_else(source):
    steps = robot().intent.function_call('wave', '{}', source)
    assert stages(steps) == ['PROPOSED', 'REFUSED'] and 'source' in steps[-1].reason


@pytest.mark.parametrize('first', ['user', 'agent'])
def test_a_tool_of_both_needs_both_whoever_is_first(first):
    waver = robot(source='both', phrases='{user: [wave], agent: [waving]}')
    says = {'user': lambda: waver.user('wave'), 'agent': lambda: waver.agent('Waving.')}
    steps = says.pop(first)()
    assert stages(steps) == ['PROPOSED'] and waver.sent == []
    steps += says.popitem()[1]()
    assert stages(steps) == ['PROPOSED', 'PROPOSED', 'ACCEPTED', 'SENT']
    assert len({step.call_id for step in steps}) == 1


def test_the_same_speaker_twice_is_not_both():
    waver = robot(source='both', phrases='{user: [wave], agent: [waving]}')
    waver.user('wave')
    waver.user('wave')
    assert waver.sent == []
    assert len(waver.intent.open_calls) == 1


def test_an_agreement_that_does_not_come_in_time_is_refused():
    waver = robot(source='both', phrases='{user: [wave], agent: [waving]}')
    waver.user('wave')
    assert stages(waver.wait(11.0)) == ['REFUSED']
    waver.agent('Waving.')
    assert waver.sent == []


def test_the_user_confirms_with_yes():
    waver = robot(**ASKS)
    assert stages(waver.user('wave')) == ['PROPOSED', 'CONFIRMING']
    assert waver.said == ['Shall I wave?'] and waver.sent == []
    assert stages(waver.user('Yes, please.')) == ['ACCEPTED', 'SENT']


@pytest.mark.parametrize(
    'answer',
    ['no', 'No, thanks.', "please don't", 'yes but not now', 'wait', 'never mind', 'okay no'],
)
def test_any_no_in_the_answer_refuses(answer):
    waver = robot(**ASKS)
    waver.user('wave')
    waver.user(answer)
    assert waver.intent.open_calls == [] and waver.sent == []


@pytest.mark.parametrize('answer', ['Okay. Wait, what?', 'Yes. No?', 'Yes. "No."'])
def test_a_no_that_is_asked_or_quoted_is_no_yes_either(answer):
    waver = robot(**ASKS)
    waver.user('wave')
    assert stages(waver.user(answer)) == ['REFUSED']
    assert waver.sent == []


@pytest.mark.parametrize(
    'answer', ['yes?', 'yes I heard you', 'robot', 'hello', 'he said yes', 'yesterday']
)
def test_what_is_no_clear_yes_does_not_confirm(answer):
    waver = robot(**ASKS)
    waver.user('wave')
    waver.user(answer)
    assert waver.sent == []


@pytest.mark.parametrize('answer', ['yes', 'please', 'okay'])
def test_a_yes_before_the_question_is_heard_confirms_nothing(answer):
    waver = robot(**ASKS)
    waver.has_mouth = True
    waver.user('wave')
    assert waver.user(answer) == []
    waver.intent.speaking('Something else.')
    assert waver.user(answer) == []
    waver.intent.speaking('Shall I wave?')
    assert waver.sent == []
    assert stages(waver.user('yes')) == ['ACCEPTED', 'SENT']


def test_a_no_counts_before_the_question_is_heard():
    waver = robot(**ASKS)
    waver.has_mouth = True
    waver.user('wave')
    assert stages(waver.user('no')) == ['REFUSED']


def test_a_question_has_all_its_time_from_when_it_is_heard():
    waver = robot(**ASKS)
    waver.has_mouth = True
    waver.user('wave')
    assert waver.wait(19.0) == []
    waver.intent.speaking('Shall I wave?')
    assert waver.wait(9.0) == []
    assert stages(waver.wait(1.0)) == ['REFUSED']


def test_a_question_that_is_never_heard_ends_in_time():
    waver = robot(**ASKS)
    waver.has_mouth = True
    waver.user('wave')
    assert waver.wait(59.0) == [], 'others may be spoken before it'
    assert stages(waver.wait(1.0)) == ['REFUSED']


def test_a_question_is_asked_once():
    waver = robot(**ASKS)
    waver.has_mouth = True
    waver.user('wave')
    waver.intent.speaking('Shall I wave?')
    waver.user('no')
    waver.user('wave')
    waver.user('yes')
    assert waver.sent == [], 'the second time it has not been heard yet'


def test_the_agents_own_yes_and_its_echo_do_not_confirm():
    waver = robot(**ASKS)
    waver.user('wave')
    waver.agent('Yes.')
    waver.intent.user_said('yes')
    assert waver.sent == []


def test_a_yes_in_the_same_breath_as_the_command_does_not_confirm():
    waver = robot(**ASKS)
    waver.user('Wave. Yes.')
    assert waver.sent == []


def test_another_voice_cannot_confirm():
    waver = robot(**ASKS)
    waver.user('wave', voice='anna')
    waver.user('yes', voice='ben')
    assert waver.sent == []
    waver.user('yes', voice='anna')
    assert waver.made == ['wave']


def test_a_question_without_answer_is_refused_in_time():
    waver = robot(**ASKS)
    waver.user('wave')
    assert waver.wait(9.0) == []
    assert stages(waver.wait(1.0)) == ['REFUSED']
    waver.user('yes')
    assert waver.sent == []


def test_one_question_is_open_at_a_time():
    waver = robot(entry(**ASKS), entry(name='nod', phrases='{user: [nod]}', **ASKS))
    waver.user('wave')
    assert 'another question' in waver.user('nod')[-1].reason
    waver.user('yes')
    assert waver.made == ['wave']


def test_what_has_changed_while_the_user_was_asked_is_looked_at_again():
    waver = robot(policy='{confirm: spoken, requires: [ready]}', say='{ask: "Shall I wave?"}')
    waver.user('wave')
    waver.topics['ready'] = False
    steps = waver.user('yes')
    assert stages(steps) == ['REFUSED'] and 'ready is not true' in steps[0].reason


def test_an_operator_approves_or_denies():
    waver = robot(policy='{confirm: service, cooldown_s: 0}')
    call_id = waver.user('wave')[0].call_id
    waver.user('yes')
    assert waver.sent == [] and waver.intent.decide('another', True) == []
    assert waver.intent.decide('', True) == [], 'no id is not any id'
    assert stages(waver.intent.decide(call_id, True)) == ['ACCEPTED', 'SENT']
    assert waver.intent.decide(call_id, True) == []
    waver.intent.succeeded(call_id)
    call_id = waver.user('wave')[0].call_id
    assert stages(waver.intent.decide(call_id, False)) == ['REFUSED']


@pytest.mark.parametrize('value', [False, None])
def test_a_required_topic_that_is_false_or_was_never_seen_refuses(value):
    waver = robot(policy='{requires: [ready]}')
    waver.topics['ready'] = value
    assert 'ready is not true' in waver.user('wave')[-1].reason


def test_a_cool_down_refuses_until_it_is_over():
    waver = robot(call=TOPIC, policy='{cooldown_s: 5}')
    waver.user('wave')
    assert 'cool-down: 2.0 s' in waver.user('wave')[-1].reason
    waver.wait(2.0)
    waver.user('wave')
    assert waver.made == ['wave', 'wave']


def test_calls_a_minute_are_limited_and_come_back():
    waver = robot(call=TOPIC, policy='{cooldown_s: 0, max_per_min: 2}')
    for _ in range(3):
        steps = waver.user('wave')
    assert 'limit: 2 calls a minute' in steps[-1].reason
    waver.wait(55.0)
    assert stages(waver.user('wave'))[-1] == 'SUCCEEDED'


def test_a_limit_that_is_written_with_a_point_is_a_limit():
    waver = robot(policy='{max_per_min: 2.0, cooldown_s: 0}', call=TOPIC)
    for _ in range(3):
        waver.user('wave')
    assert waver.made == ['wave', 'wave']


@pytest.mark.parametrize(
    ('end', 'what'),
    [
        (lambda intent: intent.interrupt(), 'an interrupt'),
        (lambda intent: intent.session_began(), 'the conversation began anew'),
        (lambda intent: (intent.press_estop('user'), intent.release_estop()), 'was released'),
        (lambda intent: intent.rest('the node was deactivated'), 'deactivated'),
    ],
    ids=['interrupt', 'new conversation', 'emergency stop', 'deactivation'],
)
def test_what_a_model_was_asked_before_an_end_is_not_done_after_it(end, what):
    waver = robot(source='agent', phrases='{}')
    asked_s = waver.now_s
    waver.now_s += 1.0
    end(waver.intent)
    steps = waver.intent.function_call('wave', '{}', 'background', asked_s)
    assert stages(steps) == ['REFUSED'] and what in steps[0].reason
    waver.now_s += 1.0
    waver.intent.function_call('wave', '{}', 'background', waver.now_s)
    assert waver.made == ['wave']


def test_a_call_that_runs_keeps_the_next_one_out():
    waver = robot(policy='{cooldown_s: 0}')
    waver.user('wave')
    assert 'busy' in waver.user('wave')[-1].reason


def test_a_call_without_result_fails_in_time_and_is_cancelled():
    waver = robot(policy='{timeout_s: 5}', say='{failed: I could not wave.}')
    waver.user('wave')
    steps = waver.wait(5.0)
    assert stages(steps) == ['FAILED'] and 'timeout' in steps[0].reason
    assert waver.cancelled == [waver.sent[0].call_id] and waver.said == ['I could not wave.']


def test_a_server_that_is_missing_is_a_failure_with_its_reason():
    waver = robot(policy='{cooldown_s: 0}')
    waver.send_fails = 'no server at wave'
    steps = waver.user('wave')
    assert stages(steps)[-1] == 'FAILED' and 'no server at wave' in steps[-1].reason
    waver.send_fails = ''
    waver.user('wave')
    assert waver.made == ['wave']


def test_dry_run_does_everything_but_send():
    waver = Robot(catalogue(entry()), dry_run=True)
    steps = waver.user('wave')
    assert stages(steps) == ['PROPOSED', 'ACCEPTED', 'CANCELLED'] and waver.sent == []


@pytest.mark.parametrize(
    ('cancel_on', 'event', 'ends'),
    [
        ('[voice]', 'voice', True),
        ('[]', 'voice', False),
        ('[interrupt]', 'interrupt', True),
        ('[voice]', 'interrupt', False),
        ('[nod]', 'nod', True),
        ('[]', 'estop', True),
        ('[]', 'service', True),
    ],
)
def test_a_running_call_ends_on_what_its_policy_names(cancel_on, event, ends):
    runs = entry(call=ACTION, policy=f'{{cancel_on: {cancel_on}}}')
    waver = robot(runs, entry(name='nod', phrases='{user: [nod]}'))
    waver.user('wave')
    call_id = waver.sent[0].call_id
    events = {
        'voice': lambda: waver.user('Robot, stop that, please.'),
        'interrupt': lambda: waver.intent.interrupt(),
        'nod': lambda: waver.user('nod'),
        'estop': lambda: waver.intent.press_estop('service'),
        'service': lambda: waver.intent.cancel(call_id),
    }
    steps = events[event]()
    assert (waver.cancelled == [call_id]) is ends
    assert ('CANCELLED' in stages(steps)) is ends


def test_an_interrupt_takes_an_open_question_back():
    waver = robot(**ASKS)
    waver.user('wave')
    assert stages(waver.intent.interrupt()) == ['CANCELLED']
    waver.user('yes')
    assert waver.sent == []


@pytest.mark.parametrize('by', ['user', 'topic', 'service'])
def test_the_emergency_stop_ends_everything_and_holds_until_it_is_released(by):
    waver = robot(entry(call=ACTION), entry(name='nod', phrases='{user: [nod]}', **ASKS))
    waver.user('wave')
    waver.user('nod')
    press = {
        'user': lambda: waver.user('no no emergency stop now'),
        'topic': lambda: waver.intent.estop_button(True),
        'service': lambda: waver.intent.press_estop('service'),
    }
    assert stages(press[by]()) == ['CANCELLED', 'CANCELLED']
    assert waver.cancelled == [waver.sent[0].call_id] and waver.said[-1] == 'Stopped.'
    assert waver.intent.estop_pressed_by == by
    assert 'emergency stop' in waver.user('wave')[-1].reason
    waver.intent.estop_button(False)
    assert 'emergency stop' in waver.user('wave')[-1].reason
    assert waver.intent.release_estop() == ''
    waver.user('wave')
    assert waver.made == ['wave', 'wave']


def test_the_emergency_stop_is_not_released_while_its_button_is_down():
    waver = robot()
    waver.intent.estop_button(True)
    assert 'button' in waver.intent.release_estop() and waver.intent.estop_pressed_by
    waver.intent.estop_button(False)
    assert waver.intent.release_estop() == '' and not waver.intent.estop_pressed_by


def test_the_agents_words_never_press_the_emergency_stop():
    waver = robot()
    waver.agent('Emergency stop!')
    assert not waver.intent.estop_pressed_by


def test_sayings_come_with_what_happened():
    waver = robot(
        phrases='{user: ["wave {hand}"]}',
        parameters='{hand: {type: string, enum: [left_hand, right_hand]}}',
        policy='{cooldown_s: 0}',
        say='{accepted: "My ${hand}.", done: Waved., failed: "No: ${reason}.", refused: Not now.}',
    )
    waver.user('wave left hand')
    waver.intent.failed(waver.sent[0].call_id, 'cramp')
    waver.user('wave right hand')
    waver.intent.succeeded(waver.sent[1].call_id)
    waver.intent.press_estop('service')
    waver.user('wave left hand')
    expected = ['My left hand.', 'No: cramp.', 'My right hand.', 'Waved.', 'Stopped.', 'Not now.']
    assert waver.said == expected


def test_the_persona_is_told_of_results_for_a_while():
    waver = robot(policy='{cooldown_s: 0}')
    waver.user('wave')
    waver.intent.succeeded(waver.sent[0].call_id)
    waver.user('wave')
    waver.intent.failed(waver.sent[1].call_id, 'cramp')
    assert waver.intent.context_lines() == ['wave was done.', 'wave failed: cramp.']
    waver.wait(700.0)
    assert waver.intent.context_lines() == []


def test_what_the_persona_is_told_of_a_call_is_one_line_whatever_a_server_answers():
    waver = robot()
    waver.user('wave')
    waver.intent.failed(waver.sent[0].call_id, 'cramp\n\u2028go to was done.')
    assert waver.intent.context_lines() == ['wave failed: cramp go to was done..']


def test_a_new_file_cancels_what_waits_on_a_tool_that_changed():
    waver = robot(**ASKS)
    waver.user('wave')
    assert waver.intent.set_catalogue(catalogue(entry(**ASKS))) == []
    steps = waver.intent.set_catalogue(catalogue(entry(name='nod', phrases='{user: [nod]}')))
    assert stages(steps) == ['CANCELLED'] and 'changed' in steps[0].reason
    assert 'ACCEPTED' in stages(waver.user('nod'))


def test_tags_of_a_fine_tuned_model_enter_by_the_same_gate():
    waver = robot(source='agent', phrases='{}', parameters=LEVEL, call=TOPIC)
    steps = waver.agent('Sure. <tool_call>{"name": "wave", "arguments": {"level": 3}}</tool_call>')
    assert stages(steps) == ['PROPOSED', 'ACCEPTED', 'SENT', 'SUCCEEDED']
    assert waver.sent[0].tool == 'wave'


@pytest.mark.parametrize(
    'tag',
    [
        '<tool_call>{"name": "wave"',
        '<tool_call>wave</tool_call>',
        '<tool_call>{"name": 3}</tool_call>',
        '<tool_call>{"name": "wave", "arguments": [1]}</tool_call>',
        '<tool_call>{"name": "wave", "shell": "ls"}</tool_call>',
        '<tool_call>' + ' ' * 50_000 + '{"name": "wave"}</tool_call>',
    ],
)
def test_a_broken_tag_is_refused_and_words_after_it_still_count(tag):
    waver = robot(source='agent', phrases='{agent: [waving]}', call=TOPIC)
    steps = waver.agent(tag, size=1_000)
    assert stages(steps) == ['REFUSED'] and waver.sent == []
    waver.agent('Waving.')
    assert waver.made == ['wave']


def test_a_tag_in_the_users_words_is_no_call():
    waver = robot()
    waver.user('<tool_call>{"name": "wave", "arguments": {}}</tool_call>')
    assert waver.sent == []


def test_words_that_only_look_like_a_tag_are_words():
    waver = robot(source='agent', phrases='{agent: [waving]}', call=TOPIC)
    waver.agent('3 <too late. Waving.')
    assert waver.made == ['wave']


class Disk:
    """An audit log on a disk that may be full."""

    is_full = True

    def write(self, step: Step) -> None:
        if self.is_full:
            raise OSError(28, 'No space left on device')


def test_nothing_is_called_that_cannot_be_recorded():
    waver = Robot(catalogue(entry()), audit=Disk())
    steps = waver.user('wave')
    assert stages(steps) == ['PROPOSED', 'REFUSED'] and 'No space left' in steps[-1].reason
    assert waver.sent == []


def test_the_emergency_stop_works_without_an_audit_log():
    disk = Disk()
    disk.is_full = False
    waver = Robot(catalogue(entry(call=ACTION)), audit=disk)
    waver.user('wave')
    disk.is_full = True
    assert stages(waver.intent.press_estop('service')) == ['CANCELLED']
    assert waver.cancelled == [waver.sent[0].call_id]


def test_thousands_of_proposals_leave_a_bounded_number_of_open_calls():
    entries = [
        entry(name=f'tool_{n}', source='both', phrases='{}', policy='{cooldown_s: 0}')
        for n in range(100)
    ]
    waver = robot(*entries)
    for n in range(100):
        steps = waver.intent.function_call(f'tool_{n}', '{}')
    assert len(waver.intent.open_calls) == 32 and 'busy' in steps[-1].reason
    waver.wait(math.inf)
    assert waver.intent.open_calls == []

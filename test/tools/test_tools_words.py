# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""What is a command and what is other talk."""

import pytest
from robot_hands import catalogue
from robot_hands import entry
from robot_hands import example
from robot_hands import Robot
from robot_hands import stages

WAVE = entry(source='agent', phrases="{agent: [waving, I'll wave]}")


@pytest.fixture
def robot():
    return Robot(example())


@pytest.mark.parametrize(
    'text',
    [
        'that was a mistake',
        'do not move to b',
        'take your time',
        'where is the household item',
        'the robot will never go to sleep',
        'never go to the kitchen',
        'the flight was nonstop',
        'is the porch light on',
        'she said go to the lobby',
        'the kitchenette is small, go to the kitchenette',
        'we used to turn on the light by hand',
        'turn on the light if you dare',
        "Let's talk about how to stand up.",
        'Turn on the light? No.',
        '"Turn on the light."',
        'Turn on the light, Anna.',
    ],
)
def test_other_talk_calls_nothing(robot, text):
    robot.user(text)
    robot.wait(3.0)
    assert robot.made == []


@pytest.mark.parametrize(
    ('text', 'reason'),
    [
        ("don't turn on the light", 'negation'),
        ('He said turn on the light.', 'quotation'),
        ('“Turn on the light”', 'quotation'),
        ('did you turn on the light', 'question'),
        ('turn on the light?', 'question'),
        ('turn on the light yesterday', 'past'),
        ('turn on the light if it rains', 'hypothesis'),
        ('turn on the light of my life', 'no plain command'),
        ('turn on the light. just kidding.', 'quotation'),
        ('turn on the light. No, wait.', 'taken back'),
        ('look: turn on the light', "':'"),
    ],
)
def test_a_phrase_in_other_talk_is_refused_with_the_reason(robot, text, reason):
    steps = robot.user(text)
    assert stages(steps) == ['REFUSED'] and reason in steps[0].reason
    assert robot.made == []


@pytest.mark.parametrize(
    ('text', 'message'),
    [
        ('Turn on the light.', {'r': 1.0, 'g': 0.0, 'b': 0.0, 'a': 1.0}),
        ('could you please switch off my desk lamp?', {'r': 2.0, 'g': 0.0, 'b': 0.0, 'a': 0.0}),
        (
            'Hey Mira, um, put the porch lights on, thanks',
            {'r': 3.0, 'g': 0.0, 'b': 0.0, 'a': 1.0},
        ),
        ('set the lights to twenty-five percent', {'data': 25}),
        ('Set the brightness to 80%.', {'data': 80}),
    ],
)
def test_a_plain_command_is_called_with_its_arguments(robot, text, message):
    robot.user(text)
    assert [call.message for call in robot.sent] == [message]


def test_a_sentence_with_two_commands_calls_both(robot):
    robot.user('Turn off the desk lamp and set the lights to ten percent, please.')
    assert robot.made == ['set_light', 'set_brightness']


def test_the_same_command_over_and_over_is_one(robot):
    robot.user('stop stop stop')
    assert robot.made == ['stop']


def test_two_commands_without_a_joint_are_no_sentence(robot):
    robot.user('stop turn on the light')
    assert robot.made == []


def test_one_part_that_is_no_command_keeps_the_whole_sentence_still(robot):
    robot.user('Turn off the desk lamp and I will tell you a story')
    assert robot.made == []


def test_a_number_outside_of_its_range_is_refused_by_the_gate(robot):
    steps = robot.user('set the lights to two hundred percent')
    assert stages(steps) == ['PROPOSED', 'REFUSED']
    assert 'percent: 200 is greater than the maximum of 100' in steps[-1].reason


def test_a_guard_of_the_tool_itself_keeps_it_still():
    tools = catalogue(entry(more='    unless: [wave * please]\n'))
    robot = Robot(tools)
    assert 'guard' in robot.user('wave now please')[0].reason
    assert not robot.made
    robot.user('please wave')
    assert robot.made == ['wave']


def test_two_tools_that_are_said_alike_are_ambiguous():
    robot = Robot(catalogue(entry() + entry(name='greet')))
    steps = robot.user('wave')
    assert not robot.made and 'ambiguous' in steps[0].reason


@pytest.mark.parametrize('size', [1, 2, 3, 4, 7, 50])
def test_agent_words_are_found_however_their_pieces_are_cut(size):
    robot = Robot(catalogue(WAVE))
    robot.agent("Sure, I'll wave.", size)
    assert robot.made == ['wave']


def test_a_word_that_goes_on_is_another_word():
    robot = Robot(catalogue(WAVE))
    robot.agent("I'll wave", 4)
    robot.sent.clear()
    robot.wait(10.0)
    robot.intent.agent_piece("I'll wave")
    robot.intent.agent_piece('r about it.')
    assert robot.made == []


def test_the_full_stop_is_enough_and_without_it_a_pause_is():
    robot = Robot(catalogue(WAVE))
    assert stages(robot.intent.agent_piece("I'll wave."))[-1] == 'SENT'
    robot.wait(20.0)
    robot.sent.clear()
    assert robot.intent.agent_piece("I'll wave") == []
    assert robot.wait(0.5) == []
    assert 'SENT' in stages(robot.wait(0.6))


def test_a_call_is_proposed_once_in_an_utterance():
    robot = Robot(
        catalogue(entry(source='agent', phrases='{agent: [waving]}', policy='{cooldown_s: 0}'))
    )
    steps = [
        *robot.intent.agent_piece('Waving. Yes, waving. '),
        *robot.intent.agent_piece('Waving.'),
    ]
    assert stages(steps).count('PROPOSED') == 1


def test_words_that_an_interrupt_cut_off_do_not_count():
    robot = Robot(catalogue(WAVE))
    robot.intent.agent_piece("I'll wave")
    robot.intent.interrupt()
    assert robot.wait(5.0) == [] and robot.intent.agent_piece('.') == []
    assert robot.made == []


def test_pieces_of_an_epoch_that_was_interrupted_are_dropped():
    robot = Robot(catalogue(WAVE))
    robot.intent.agent_piece('Sure', epoch=3)
    robot.intent.agent_piece("I'll wave.", epoch=2)
    assert robot.made == []
    robot.intent.agent_piece("I'll wave.", epoch=3)
    assert robot.made == []  # 'Sure' went on: "SureI'll wave"
    robot.intent.agent_piece(" I'll wave.", epoch=4)
    assert robot.made == ['wave']


def test_a_new_conversation_counts_its_epochs_from_zero():
    robot = Robot(catalogue(WAVE))
    robot.intent.agent_piece('Sure', epoch=3)
    robot.intent.session_began()
    robot.intent.agent_piece("I'll wave.", epoch=0)
    assert robot.made == ['wave']


@pytest.mark.parametrize(
    'miss',
    [
        lambda robot: robot.intent.set_catalogue(catalogue(WAVE)),
        lambda robot: (robot.intent.rest('deactivated'), robot.intent.wake()),
        lambda robot: robot.intent.agent_piece(' very' * 2_000),
        lambda robot: robot.intent.miss_agent_words(),
    ],
    ids=['a new file', 'at rest', 'a piece too long', 'words lost'],
)
def test_the_rest_of_what_was_heard_in_part_means_nothing(miss):
    robot = Robot(catalogue(WAVE))
    robot.intent.agent_piece(' She never said')
    miss(robot)
    assert robot.intent.agent_piece(" I'll wave.") == []
    assert robot.wait(1.0) == [] and robot.intent.agent_piece(" I'll wave.") == []
    robot.wait(2.5)
    robot.intent.agent_piece(" I'll wave.")
    assert robot.made == ['wave']


def test_what_is_said_at_rest_calls_nothing():
    robot = Robot(catalogue(WAVE))
    robot.intent.rest('deactivated')
    assert robot.agent("I'll wave.") == []
    robot.intent.agent_piece(" I'll wave")
    assert robot.wait(1.5) == [], 'nor once a silence ends it'
    assert robot.made == []


def test_a_sentence_that_begins_after_a_rest_counts_at_once():
    robot = Robot(catalogue(WAVE))
    robot.intent.rest('deactivated')
    robot.intent.agent_piece(" I'll wave.")
    robot.intent.wake()
    robot.intent.agent_piece(" I'll wave.")
    assert robot.made == ['wave']


def test_a_quotation_that_was_opened_at_rest_is_one():
    robot = Robot(catalogue(WAVE))
    robot.intent.rest('deactivated')
    robot.intent.agent_piece(' She said: "Hello there.')
    robot.intent.wake()
    robot.intent.agent_piece(" I'll wave.")
    assert robot.wait(1.5) == [] and robot.made == []


def test_a_new_file_while_the_agent_is_silent_costs_no_words():
    robot = Robot(catalogue(WAVE))
    robot.intent.agent_piece(' Hello.')
    robot.wait(2.5)
    robot.intent.set_catalogue(catalogue(WAVE))
    robot.intent.agent_piece(" I'll wave.")
    assert robot.made == ['wave']


@pytest.mark.parametrize(
    'text',
    ['Emergency-stop!', 'emergency, uh, stop', 'EMERGENCY\u2010STOP', 'an emergency\n stop'],
)
def test_the_emergency_stop_is_heard_however_it_is_written(text):
    robot = Robot(catalogue(WAVE))
    robot.user(text)
    assert robot.intent.estop_pressed_by == 'user'


def test_a_stop_phrase_with_a_hyphen_is_heard_without_it():
    head = 'version: 1\nestop: {phrases: [e-stop]}\n'
    for text in ('E stop', 'e-stop now', 'the E-Stop, please'):
        robot = Robot(catalogue(WAVE, head))
        robot.user(text)
        assert robot.intent.estop_pressed_by == 'user'


def test_what_one_voice_begins_another_does_not_end(robot):
    robot.user('could you turn on', voice='a')
    robot.user('the light', voice='b')
    assert robot.made == []


def test_user_words_so_far_do_nothing_but_the_emergency_stop(robot):
    assert robot.intent.user_said('turn on the light.', is_final=False) == []
    robot.intent.user_said('emergency stop', is_final=False)
    assert robot.intent.estop_pressed_by == 'user'


def test_the_echo_of_the_agent_is_not_the_user(robot):
    robot.intent.agent_piece('You can say turn on the light. ')
    robot.now_s += 0.5
    steps = robot.intent.user_said('turn on the light')
    assert not robot.made and 'echo' in steps[-1].reason
    robot.wait(5.0)
    robot.user('turn on the light')
    assert robot.made == ['set_light']


def test_the_last_word_of_the_agent_is_echo_too_though_nothing_has_ended_it(robot):
    for piece in (' Shall', ' I', ' turn', ' on', ' the', ' Light'):
        robot.intent.agent_piece(piece)
    for _ in range(10):
        robot.wait(0.1)
    steps = robot.intent.user_said('turn on the light')
    assert not robot.made and 'echo' in steps[-1].reason
    robot.intent.agent_piece('house?')
    robot.intent.user_said('turn on the light')
    assert robot.made == ['set_light'], 'the word went on: it was another one'


def test_the_last_word_of_the_agent_is_no_echo_for_ever(robot):
    for piece in (' Shall', ' I', ' turn', ' on', ' the', ' light'):
        robot.intent.agent_piece(piece)
    robot.wait(30.0)
    robot.intent.user_said('turn on the light')
    assert robot.made == ['set_light']


def test_what_we_let_the_robot_say_is_no_announcement():
    tools = entry(source='agent', phrases='{agent: [waving]}', policy='{cooldown_s: 0}',
                  say='{accepted: Waving., done: Waving.}')  # fmt: skip
    robot = Robot(catalogue(tools))
    robot.agent('Waving.')
    assert robot.said == ['Waving.']
    robot.intent.succeeded(robot.sent[0].call_id)
    for said in list(robot.said):
        assert robot.agent(said) == []
    assert robot.made == ['wave']


def test_a_sentence_without_end_is_no_command_and_takes_no_memory(robot):
    for _ in range(3_000):
        robot.intent.agent_piece(' turn on the light')
    steps = robot.user('turn on the light ' * 200)
    assert robot.made == [] and stages(steps) == ['REFUSED']


def test_text_beyond_all_speech_is_refused_as_a_whole(robot):
    steps = robot.user('Turn on the light. ' * 1_000)
    assert robot.made == [] and stages(steps) == ['REFUSED']


def test_two_numbers_with_a_comma_between_them_are_not_one(robot):
    robot.user('set the lights to fifty, five')
    assert robot.made == []

# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""Conversations in which the robot speaks and must not move by its own words."""

from random import Random

from bench import talk_bank as bank
from bench.talk_case import Case
from bench.talk_case import Said


def agent_alone(random: Random) -> Case:
    """Only the robot speaks: nobody asked for anything."""
    forms = bank.POLITE + bank.NEGATED + bank.QUOTED + bank.ASKED + bank.PAST + bank.HYPOTHETICAL
    text = random.choice(forms).format(x=bank.any_command(random))
    if random.random() < 0.3:
        text = random.choice(bank.POSING)[1] + random.choice(['.', ' now.', ''])
    lines = [Said('agent', bank.written(random, text))]
    if random.random() < 0.5:
        lines.append(Said('agent', random.choice(bank.AFFIRM)))
    return Case('agent alone', tuple(lines))


def not_confirmed(random: Random) -> Case:
    """A question was asked, and nobody who may has said yes."""
    said, _ = random.choice(bank.GOING)
    answers = [
        Said('agent', random.choice(bank.AFFIRM)),
        Said('user', 'no'),
        Said('user', 'No, thanks.'),
        Said('user', 'yes but not now'),
        Said('user', 'Yes?'),
        Said('user', 'yes I heard you'),
        Said('user', "I don't know"),
        Said('user', 'wait'),
        Said('user', 'yesterday'),
        Said('user', 'sure thing is a bad film'),
        Said('user', 'ok no'),
        Said('user', 'never mind'),
        Said('user', 'She said yes.'),
        Said('user', 'what'),
        Said('user', 'yes', voice='somebody else'),
        Said('user', random.choice(bank.CHAT)),
    ]
    asked = Said('user', random.choice(bank.POLITE).format(x=said), voice='who asked')
    answer = random.choice(answers)
    if answer.speaker == 'user' and not answer.voice:
        answer = Said('user', answer.text, 'who asked')
    return Case('not confirmed', (asked, answer))


def interrupted(random: Random) -> Case:
    """The robot is cut off in the middle of its announcement."""
    said, answer, _ = random.choice(bank.POSING)
    cut = random.randint(1, len(answer) - 1)
    lines = (Said('user', said), Said('agent', answer[:cut]), Said('interrupt'))
    return Case('interrupted', lines)


def structured(random: Random) -> Case:
    """Tags that are wrong, or spoken by the wrong side."""
    bad = [
        '{"name": "go_to", "arguments": {"place": "moon"}}',
        '{"name": "go_to", "arguments": {}}',
        '{"name": "reboot", "arguments": {}}',
        '{"name": "set_brightness", "arguments": {"percent": 1e9}}',
        '{"name": "set_brightness", "arguments": {"percent": NaN}}',
        '{"name": "set_light", "arguments": {"state": "on", "volts": 12}}',
        '{"name": "take_pose", "arguments": {"pose": "stand"}',
        'turn on the light',
        '[]',
        '{"name": ["stop"]}',
    ]
    good = '{"name": "set_light", "arguments": {"state": "on"}}'
    speaker, body = random.choice([('agent', random.choice(bad)), ('user', good), ('agent', good)])
    return Case('structured', (Said(speaker, f'Well. <tool_call>{body}</tool_call> Fine.'),))

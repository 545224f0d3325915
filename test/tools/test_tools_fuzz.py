# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""Damaged files and events in any order: nothing raises, and what must hold holds."""

from random import Random

import pytest
from robot_hands import EXAMPLE
from robot_hands import example
from robot_hands import Robot

from personaplex_ros.tools.audit import AuditFile
from personaplex_ros.tools.loading import CatalogueError
from personaplex_ros.tools.loading import read_catalogue
from personaplex_ros.tools.steps import Stage

TOKENS = (
    *('null', '[]', '{}', '1', '-1', 'true', '.inf', '""', '"${x}"', 'a: b', '[a]', '&a', '*a'),
    *('!!python/object:os.system x', '1e999', '2024-01-01', '? a', '- b', '{user}', '(', '|'),
    *('>', 'on', '\t', "'", 'é', '\x00', '${tables.places[place]}', '<<: *a', '%', '---'),
)
PIECES = (
    *('turn on', ' the light', ' go to the', ' kitchen', '.', '?', '!', ' yes', ' no', ' stop'),
    *(' sit down', " I'll", ' stand up', '"', ' fifty', ' percent', ' set the lights to', ','),
    *('<tool_call>', '{"name": "set_light", "arguments": {"state": "on"}}', '</tool_call>', '<'),
    *(' emergency stop', '\x00', '\ud800', 'é', ' ' * 50, 'x' * 200, ' never mind', '️', '½'),
)
WHOLE = ('go to the lobby', 'turn on the light', 'yes', 'sit down')


def damaged(lines: list[str], random: Random) -> str:
    lines = list(lines)
    for _ in range(random.randint(1, 3)):
        at = random.randrange(len(lines))
        kind = random.randrange(4)
        if kind == 0:
            del lines[at]
        elif kind == 1:
            lines[at] += ' ' + random.choice(TOKENS)
        elif kind == 2:
            lines[at] = lines[at].split(':')[0] + ': ' + random.choice(TOKENS)
        else:
            lines.insert(at, ' ' * random.randrange(9) + random.choice(TOKENS))
    return '\n'.join(lines)


def test_a_damaged_file_is_valid_or_refused_with_lines():
    random = Random(3)
    lines = EXAMPLE.read_text(encoding='utf-8').splitlines()
    refused = 0
    for _ in range(300):
        try:
            read_catalogue(damaged(lines, random))
        except CatalogueError as error:
            refused += 1
            assert error.problems and all(problem.line >= 1 for problem in error.problems)
    assert refused > 100


@pytest.mark.parametrize('seed', range(4))
def test_in_any_order_of_events_nothing_leaves_that_must_not(seed, tmp_path):
    random = Random(seed)
    robot = Robot(example(), audit=AuditFile(tmp_path / 'tools.jsonl'))
    accepted, agreed = set(), set()
    for _ in range(1_500):
        was_stopped, sent_before = robot.intent.estop_pressed_by, len(robot.sent)
        for step in event(random, robot):
            if step.stage is Stage.ACCEPTED:
                accepted.add(step.call_id)
            if step.reason == 'the user said yes':
                agreed.add(step.call_id)
        for call in robot.sent[sent_before:]:
            assert call.call_id in accepted
            assert not was_stopped
            assert call.tool != 'go_to' or call.call_id in agreed
        assert len(robot.intent.open_calls) <= 32
        robot.now_s += random.choice([0.0, 0.1, 1.0, 5.0])
    assert robot.sent
    robot.wait(1_000.0)
    assert robot.intent.open_calls == []


def event(random: Random, robot: Robot):
    intent = robot.intent
    text = ''.join(random.choice(PIECES) for _ in range(random.randint(1, 4)))
    call_id = random.choice([call.call_id for call in intent.open_calls] or ['none'])
    robot.send_fails = 'no server' if random.random() < 0.1 else ''
    robot.topics['localized'] = random.choice([True, True, False, None])
    events = {
        lambda: intent.agent_piece(text, random.randint(0, 2)): 6,
        lambda: intent.user_said(text, random.choice(['', 'a', 'b']), random.random() < 0.8): 10,
        lambda: intent.user_said(random.choice(WHOLE)): 6,
        lambda: intent.agent_ended(random.random() < 0.3): 2,
        lambda: intent.function_call('take_pose', '{"pose": "sit"}'): 1,
        lambda: intent.interrupt(): 1,
        lambda: intent.tick(): 3,
        lambda: intent.session_began(): 1,
        lambda: intent.succeeded(call_id, text): 2,
        lambda: intent.failed(call_id, text): 1,
        lambda: intent.feedback(call_id, text): 1,
        lambda: intent.decide(call_id, True): 1,
        lambda: intent.cancel(call_id): 1,
        lambda: intent.estop_button(random.random() < 0.3): 1,
        lambda: [intent.release_estop(), []][1]: 6,
    }
    return random.choices(list(events), list(events.values()))[0]()

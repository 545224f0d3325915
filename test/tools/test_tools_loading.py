# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""A file is read whole or refused, with the line of everything that is wrong."""

import json

import pytest
from robot_hands import catalogue
from robot_hands import entry
from robot_hands import EXAMPLE
from robot_hands import example
from robot_hands import HEAD

from personaplex_ros.tools.catalogue_file import CatalogueFile
from personaplex_ros.tools.file_schema import FILE_SCHEMA
from personaplex_ros.tools.interfaces import UnknownType
from personaplex_ros.tools.loading import CatalogueError
from personaplex_ros.tools.loading import read_catalogue


def problems(text: str) -> str:
    with pytest.raises(CatalogueError) as error:
        read_catalogue(text)
    return str(error.value)


def entry_problems(**changes) -> str:
    return problems(HEAD + 'tools:\n' + entry(**changes))


def test_the_shipped_example_is_valid():
    assert list(example().tools) == ['set_light', 'set_brightness', 'take_pose', 'go_to', 'stop']


def test_on_and_off_are_words_and_not_truth_values():
    assert example().tools['set_light'].parameters['state']['enum'] == ['on', 'off']
    parameters = '{how: {type: string, enum: [on, no]}}'
    text = entry(phrases='{user: ["wave {how}"]}', parameters=parameters)
    assert catalogue(text).tools['wave'].parameters['how']['enum'] == ['on', 'no']


@pytest.mark.parametrize(
    ('text', 'line', 'says'),
    [
        ('version: 1\ntools: [', 2, 'expected the node content'),
        ('version: 1\nversion: 1\n', 2, 'given twice'),
        ('', 1, 'is a required property'),
        (HEAD + 'tools:\n' + entry(name='Wave'), 6, 'does not match'),
        (HEAD + 'tools:\n' + entry() + '    colour: red\n', 14, "no 'colour'"),
        (HEAD + 'tools:\n' + entry() + entry(), 14, 'given twice'),
        (HEAD + 'tools:\n' + entry(name='estop'), 6, 'reserved'),
        (HEAD + 'tools:\n' + entry(policy='{cooldown_s: -1}'), 12, 'less than the minimum'),
        (HEAD + 'tools:\n' + entry(policy='{cancel_on: [nod]}'), 12, 'nor a tool'),
        (HEAD + 'tools:\n' + entry(policy='{confirm: spoken}'), 12, 'say.ask'),
        (HEAD + 'tools:\n' + entry(say='{accepted: "${where}"}'), 13, "no 'where'"),
        (HEAD + 'tools:\n' + entry(phrases='{user: ["wave (at"]}'), 9, 'not closed'),
        (HEAD + 'tools:\n' + entry(phrases='{user: ["[wave]"]}'), 9, 'must be required'),
        (HEAD + 'tools:\n' + entry(phrases='{user: ["wave * now"]}'), 9, 'unless'),
        (HEAD + 'tools:\n' + entry(phrases='{user: ["wave {hand}"]}'), 9, 'no parameter'),
        (HEAD + 'tools:\n' + entry(phrases='{agent: [waving]}'), 9, 'the source is user'),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named_with_its_line(text, line, says):
    first = problems(text).splitlines()[0]
    assert first.startswith(f'tools.yaml:{line}: ') and says in first


def test_all_problems_are_told_at_once():
    text = (
        HEAD
        + 'tools:\n'
        + entry(policy='{confirm: spoken}')
        + entry(name='b', say='{done: "${x}"}')
    )
    assert len(problems(text).splitlines()) == 2


WORD = '{kind: topic, name: cmd, type: std_msgs/msg/UInt8}'
FLAG = '{kind: topic, name: cmd, type: std_msgs/msg/Bool}'
STOP = '{kind: topic, name: emergency_stop, type: std_msgs/msg/UInt8}'
WAVE = '{kind: service, name: wave, type: std_srvs/srv/SetBool}'
GO = '{kind: action, name: wave, type: std_srvs/action/Go}'
DRIVE = '{kind: action, name: wave, type: std_srvs/action/Drive}'


@pytest.mark.parametrize(
    ('tools', 'line', 'before'),
    [
        (entry(call=WORD) + entry(name='b', call=FLAG), 19, 11),
        (entry(call=WORD, policy='{requires: [other, cmd]}'), 12, 11),
        (entry(policy='{requires: [cmd]}') + entry(name='b', call=WORD), 19, 12),
        (entry(call=STOP), 11, 3),
        (entry() + entry(name='b', call=WAVE), 19, 11),
        (entry(call=GO) + entry(name='b', call=DRIVE), 19, 11),
    ],
    ids=['calls', 'requires', 'requires before', 'estop', 'services', 'actions'],
)
def test_a_name_with_two_types_is_refused_with_both_lines(tools, line, before):
    (says,) = problems(HEAD + 'tools:\n' + tools).splitlines()
    assert says.startswith(f'tools.yaml:{line}: ') and f'in line {before}; a name has' in says


@pytest.mark.parametrize(
    'tools',
    [
        entry(call=FLAG) + entry(name='b', call=FLAG, policy='{requires: [cmd]}'),
        entry() + entry(name='b', call=GO) + entry(name='c', call=WORD.replace('cmd', 'wave')),
        entry(call=WORD) + entry(name='b', call=FLAG.replace('cmd', 'other/cmd')),
    ],
    ids=['one type', 'a topic, a service and an action', 'another name'],
)
def test_names_that_do_not_meet_are_no_mistake(tools):
    assert catalogue(tools).tools


def test_free_text_cannot_be_a_slot():
    parameters = '{what: {type: string, maxLength: 20}}'
    says = entry_problems(phrases='{user: ["wave {what}"]}', parameters=parameters)
    assert 'free text' in says


def test_a_number_needs_a_range_and_a_string_a_length():
    assert 'minimum and maximum' in entry_problems(parameters='{n: {type: integer, default: 1}}')
    assert 'maxLength' in entry_problems(parameters='{s: {type: string, default: a}}')


@pytest.mark.parametrize(
    ('parameters', 'says'),
    [
        ('{n: {type: integer, minimum: 3, maximum: 1, default: 2}}', 'above the maximum'),
        ('{n: {type: number, minimum: .nan, maximum: 1, default: 1}}', 'bounds nothing'),
        ('{n: {type: number, minimum: 0, maximum: .inf, default: 1}}', 'bounds nothing'),
        ('{s: {type: string, maxLength: 9, pattern: "(", default: a}}', 'pattern'),
        ('{s: {type: string, enum: [a, 1], default: a}}', '1 is no string'),
        ('{n: {type: integer, enum: [1, true], default: 1}}', 'True is no integer'),
        ('{1: {type: boolean, default: true}}', 'is not of type'),
        ('{tables: {type: boolean, default: true}}', 'cannot be called tables'),
    ],
)
def test_parameters_that_bound_nothing_are_refused(parameters, says):
    assert says in entry_problems(parameters=parameters)


@pytest.mark.parametrize(
    ('pattern', 'length', 'says'),
    [
        ('^([a-z]+ ?)+$', 40, 'repeats a group'),
        ('^(?:a|aa)*$', 40, 'repeats a group'),
        (r'^([)\]]x){2,}$', 40, 'repeats a group'),
        ('^.*.*.*.*x$', 200, 'take too long'),
        ('.*.*', 2000, 'take too long'),
        ('^[a-z ]+$', 2000, ''),
        (r'^\w+@\w+[.]\w+$', 200, ''),
        (r'^[()*]+\)+$', 100, ''),
        ('(on|off)?', 20, ''),
    ],
)
def test_a_pattern_that_could_hold_up_the_emergency_stop_is_refused(pattern, length, says):
    schema = {'type': 'string', 'pattern': pattern, 'maxLength': length}
    tool = {'source': 'agent', 'phrases': '{}', 'parameters': json.dumps({'text': schema})}
    if says:
        assert says in entry_problems(**tool)
    else:
        assert catalogue(entry(**tool)).tools


def test_a_default_must_lie_in_its_own_range():
    parameters = '{n: {type: integer, minimum: 1, maximum: 3, default: 9}}'
    assert 'outside of its own range' in entry_problems(parameters=parameters)


def test_a_phrase_must_give_every_parameter_without_default():
    parameters = '{n: {type: integer, minimum: 1, maximum: 3}}'
    assert 'leaves out n' in entry_problems(parameters=parameters)


def test_every_value_must_be_in_the_table_it_looks_up():
    text = entry(
        phrases='{user: ["wave {hand}"]}',
        parameters='{hand: {type: string, enum: [left, right]}}',
        call='{kind: topic, name: w, type: a/msg/B, args: {data: "${tables.hands[hand]}"}}',
    )
    says = problems(HEAD + 'tools:\n' + text + 'tables: {hands: {left: 1}}\n')
    assert "no 'right' (have left)" in says and 'tools.yaml:11:' in says


def test_nothing_in_a_template_is_evaluated():
    call = '{kind: topic, name: w, type: std_msgs/msg/Int8, args: {data: \'${__import__("os")}\'}}'
    assert 'is no look-up' in entry_problems(call=call)


def test_a_type_must_fit_its_kind_of_call():
    call = '{kind: action, name: w, type: std_srvs/srv/Trigger}'
    assert 'is no type of a action' in entry_problems(call=call)


def test_a_file_that_refers_to_itself_over_and_over_is_refused():
    bomb = 'a: &a [x, x, x, x, x, x, x, x, x, x]\n'
    for name, before in zip('bcdefg', 'abcdef', strict=True):
        bomb += f'{name}: &{name} [{", ".join(["*" + before] * 10)}]\n'
    assert 'values' in problems(bomb)


class Types:
    """Interface types of a robot."""

    KNOWN = {
        'geometry_msgs/msg/PoseStamped': {
            'header': 'std_msgs/Header',
            'pose': 'geometry_msgs/Pose',
        },
        'std_msgs/msg/Header': {'frame_id': 'string'},
        'geometry_msgs/msg/Pose': {'position': 'geometry_msgs/Point'},
        'geometry_msgs/msg/Point': {'x': 'double', 'ids': 'sequence<int32>'},
    }

    def fields(self, type_name):
        if type_name not in self.KNOWN:
            raise UnknownType(f'no {type_name}')
        return self.KNOWN[type_name]


@pytest.mark.parametrize(
    ('args', 'says'),
    [
        ('{header: {frame_id: map}, pose: {position: {x: 1.5, ids: [1, 2]}}}', ''),
        ('{pose: {position: {x: 1}}}', ''),
        ('{heading: 1}', "has no field 'heading' (has header, pose)"),
        ('{pose: {position: {z: 1}}}', "has no field 'z'"),
        ('{pose: {position: {x: far}}}', "'far' is no double"),
        ('{pose: {position: {x: true}}}', 'True is no double'),
        ('{pose: 3}', '3 is no geometry_msgs/Pose'),
        ('{pose: {position: {ids: [1.5]}}}', '1.5 is no int32'),
        ('{header: {frame_id: 3}}', '3 is no string'),
    ],
)
def test_field_names_and_values_are_checked_against_the_type(args, says):
    call = f'{{kind: topic, name: w, type: geometry_msgs/msg/PoseStamped, args: {args}}}'
    text = HEAD + 'tools:\n' + entry(call=call)
    if not says:
        assert read_catalogue(text, interfaces=Types())
        return
    with pytest.raises(CatalogueError) as error:
        read_catalogue(text, interfaces=Types())
    assert says in str(error.value) and 'tools.yaml:11:' in str(error.value)


def test_values_of_tables_are_checked_too():
    call = "{kind: topic, name: w, type: geometry_msgs/msg/Point, args: {x: '${tables.a.x}'}}"
    text = HEAD + 'tools:\n' + entry(call=call) + 'tables: {a: {x: far}}\n'
    with pytest.raises(CatalogueError, match="'far' is no double"):
        read_catalogue(text, interfaces=Types())


def test_a_changed_file_is_taken_only_if_it_is_valid(tmp_path):
    path = tmp_path / 'tools.yaml'
    path.write_text(HEAD + 'tools:\n' + entry())
    file = CatalogueFile(path)
    assert file.poll() == (None, '')
    path.write_text(HEAD + 'tools:\n' + entry(name='Bad Name'))
    taken, says = file.poll()
    assert taken is None and 'does not match' in says and 'wave' in file.catalogue.tools
    assert file.poll() == (None, '')
    path.write_text(HEAD + 'tools:\n' + entry(name='nod_twice'))
    taken, says = file.poll()
    assert taken is not None and list(taken.tools) == ['nod_twice'] and not says
    path.unlink()
    taken, says = file.poll()
    assert taken is None and 'No such file' in says and 'nod_twice' in file.catalogue.tools


def test_the_page_explains_every_key_of_the_file():
    page = (EXAMPLE.parents[1] / 'docs' / 'tools.md').read_text()
    table = page.partition('## The file\n')[2].partition('\n## ')[0]
    keys = dict(FILE_SCHEMA['properties'])
    for group in ('listening', 'defaults', 'estop', 'cancel'):
        keys |= FILE_SCHEMA['properties'][group]['properties']
    assert [key for key in keys if f'`{key}`' not in table] == []

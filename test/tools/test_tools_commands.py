# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""personaplex-tools: check, simulate, export."""

import json
import sys
from types import ModuleType

import pytest
from robot_hands import entry
from robot_hands import EXAMPLE
from robot_hands import example
from robot_hands import HEAD

from personaplex_ros.tools.cli import main
from personaplex_ros.tools.installed_interfaces import InstalledInterfaces
from personaplex_ros.tools.interfaces import UnknownType
from personaplex_ros.tools.simulation import Line
from personaplex_ros.tools.simulation import simulate


@pytest.fixture
def transcript(tmp_path):
    path = tmp_path / 'talk.txt'
    path.write_text('# a visitor\nuser: turn on the light\n\nuser: that was a mistake\n')
    return path


def test_check_shows_what_is_listened_for(capsys):
    assert main(['check', str(EXAMPLE)]) == 0
    out = capsys.readouterr().out
    assert '{place}: charger, charging dock' in out and 'user: go to the {place}' in out


def test_a_file_that_is_wrong_is_told_line_by_line(tmp_path, capsys):
    path = tmp_path / 'tools.yaml'
    path.write_text(HEAD + 'tools:\n' + entry(name='Bad') + entry(name='Worse'))
    assert main(['check', str(path)]) == 2
    errors = capsys.readouterr().err.splitlines()
    assert [line.split(':')[1] for line in errors] == ['6', '14']


def test_check_shows_the_stop_and_what_the_mind_may_ask_for(capsys):
    assert main(['check', str(EXAMPLE)]) == 0
    out = capsys.readouterr().out
    assert 'emergency stop: emergency stop, robot stop, stop the robot\n' in out
    assert '  topic emergency_stop [std_msgs/msg/Bool]' in out
    assert 'cancel: stop, stop it' in out and 'address: robot, mira' in out
    assert 'go_to: user, the mind may ask, confirm spoken -> action go_to' in out
    assert 'set_light: user, confirm none -> topic' in out


def test_without_a_ros_there_is_no_graph_to_look_at(capsys):
    assert main(['check', str(EXAMPLE), '--graph']) == 2
    assert capsys.readouterr().err.startswith('--graph: ')


@pytest.mark.parametrize('command', [['check', 'no.yaml'], ['simulate', str(EXAMPLE), 'no.txt']])
def test_a_missing_file_is_one_line(command, capsys):
    assert main(command) == 2
    assert len(capsys.readouterr().err.splitlines()) == 1


def test_simulate_gives_a_json_line_for_every_utterance(transcript, capsys):
    assert main(['simulate', str(EXAMPLE), str(transcript)]) == 0
    first, second = map(json.loads, capsys.readouterr().out.splitlines())
    assert first['line'] == 2 and first['calls'][0]['name'] == 'lights/command'
    assert [step['stage'] for step in first['steps']][-1] == 'SUCCEEDED'
    assert second['steps'] == second['calls'] == []
    assert second['note'] == 'no phrase of a tool is in it' and first['note'] == ''


def test_a_line_without_speaker_is_named(transcript, capsys):
    transcript.write_text('user: hello\nturn on the light\n')
    assert main(['simulate', str(EXAMPLE), str(transcript)]) == 2
    assert 'line 2' in capsys.readouterr().err


def test_a_simulated_action_is_confirmed_runs_and_arrives():
    talk = ['go to the kitchen', 'yes', 'hello there', 'how are you', 'nice', 'well well', 'so so']
    lines = [Line(number, 'user', text) for number, text in enumerate(talk)]
    results = list(simulate(example(), lines))
    stages = [step['stage'] for result in results for step in result['steps']]
    assert stages == ['PROPOSED', 'CONFIRMING', 'ACCEPTED', 'SENT', 'SUCCEEDED']
    assert results[0]['says'] == ['Shall I go to the kitchen?']


def test_a_simulated_emergency_stop_says_so():
    lines = [Line(1, 'user', 'please stop the robot'), Line(2, 'user', 'turn on the light')]
    stop, light = simulate(example(), lines)
    assert stop['note'] == 'the emergency stop is pressed' and light['note'] == ''
    assert 'emergency stop (user)' in light['steps'][-1]['reason']


def test_a_topic_that_is_not_true_refuses_in_the_simulation():
    results = simulate(example(), [Line(1, 'user', 'go to the kitchen')], frozenset(['localized']))
    assert 'localized is not true' in next(results)['steps'][-1]['reason']


def test_export_for_mcp_and_openai(capsys):
    assert main(['export', str(EXAMPLE), '--mcp']) == 0
    tools = json.loads(capsys.readouterr().out)['tools']
    brightness = next(tool for tool in tools if tool['name'] == 'set_brightness')
    assert brightness['inputSchema']['required'] == ['percent']
    assert brightness['inputSchema']['properties']['percent']['maximum'] == 100
    assert main(['export', str(EXAMPLE), '--openai']) == 0
    functions = json.loads(capsys.readouterr().out)
    assert [one['function']['name'] for one in functions] == [tool['name'] for tool in tools]
    assert functions[0]['function']['parameters'] == tools[0]['inputSchema']


def test_installed_types_are_found_by_name(monkeypatch):
    class Trigger:
        class Request:
            @staticmethod
            def get_fields_and_field_types():
                return {}

    package, srv = ModuleType('toy_srvs'), ModuleType('toy_srvs.srv')
    srv.Trigger = Trigger
    monkeypatch.setitem(sys.modules, 'toy_srvs', package)
    monkeypatch.setitem(sys.modules, 'toy_srvs.srv', srv)
    interfaces = InstalledInterfaces()
    assert interfaces.fields('toy_srvs/srv/Trigger') == {}
    with pytest.raises(UnknownType, match='no srv/Bool'):
        interfaces.fields('toy_srvs/srv/Bool')
    with pytest.raises(UnknownType, match='not installed'):
        interfaces.fields('no_such_msgs/msg/Bool')


def test_a_type_that_loads_only_when_asked_for_may_lack_what_it_is_made_of(monkeypatch):
    class LazyModule(ModuleType):
        def __getattr__(self, name):
            raise ImportError('no_such_msgs is unknown')

    monkeypatch.setitem(sys.modules, 'lazy_msgs', ModuleType('lazy_msgs'))
    monkeypatch.setitem(sys.modules, 'lazy_msgs.action', LazyModule('lazy_msgs.action'))
    with pytest.raises(UnknownType, match='no_such_msgs is unknown'):
        InstalledInterfaces().fields('lazy_msgs/action/Grasp')

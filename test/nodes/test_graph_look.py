# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""`personaplex-tools check --graph` finds who would answer, and touches nothing."""

import sys

import pytest
from rclpy.action import ActionServer
from std_msgs.msg import Bool
from std_msgs.msg import String
from std_srvs.srv import SetBool
from std_srvs.srv import Trigger
from tool_rig import entry
from tool_rig import HEAD

from personaplex_ros.action import GoTo
from personaplex_ros.nodes import graph_look
from personaplex_ros.nodes.tools_command import main

pytestmark = pytest.mark.graph

TOOLS = (
    entry('shout', '{kind: topic, name: shout, type: std_msgs/msg/String}')
    + entry(
        'wave',
        '{kind: service, name: wave, type: std_srvs/srv/Trigger}',
        '{requires: [localized]}',
    )
    + entry('drive', '{kind: action, name: drive, type: personaplex_ros/action/GoTo}')
)


@pytest.fixture
def check(graph, tmp_path, monkeypatch, capsys):
    """Give the command, run as a user does in the test's namespace: its status and its lines."""
    file = tmp_path / 'tools.yaml'
    file.write_text(f'{HEAD}tools:\n{TOOLS}')
    monkeypatch.setattr(graph_look, 'DISCOVERY_S', 0.3)

    def run():
        arguments = ['check', str(file), '--graph', '--namespace', graph.namespace]
        monkeypatch.setattr(sys, 'argv', ['personaplex-tools', *arguments])
        status = main()
        lines = capsys.readouterr().out.replace(graph.namespace, '').splitlines()
        return status, [line for line in lines if 'graph: ' in line.lower()]

    return run


def test_everybody_who_is_missing_is_named(check):
    assert check() == (
        1,
        [
            'NOT ON THE GRAPH: shout: nobody listens to topic /shout [std_msgs/msg/String]',
            'NOT ON THE GRAPH: wave: nobody offers service /wave [std_srvs/srv/Trigger]',
            'NOT ON THE GRAPH: wave requires: nobody publishes topic /localized '
            '[std_msgs/msg/Bool]',
            'NOT ON THE GRAPH: drive: nobody offers action /drive [personaplex_ros/action/GoTo]',
        ],
    )


def test_where_all_are_there_the_status_is_good_and_nobody_was_called(check, graph):
    def refuse(*_):
        raise AssertionError('the check called somebody')

    graph.node.create_service(Trigger, f'{graph.namespace}/wave', refuse)
    shouts = graph.listen(String, f'{graph.namespace}/shout')
    graph.node.create_publisher(Bool, f'{graph.namespace}/localized', 1)
    server = ActionServer(graph.node, GoTo, f'{graph.namespace}/drive', refuse)
    status, lines = check()
    assert status == 0 and len(lines) == 4 and all(' is there [' in line for line in lines)
    assert not len(shouts)
    server.destroy()


def test_another_type_under_the_same_name_is_told(check, graph):
    graph.node.create_service(SetBool, f'{graph.namespace}/wave', lambda _, response: response)
    status, lines = check()
    assert status == 1
    assert lines[1] == (
        'NOT ON THE GRAPH: wave: service /wave is there as std_srvs/srv/SetBool, '
        'not std_srvs/srv/Trigger'
    )

# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""Files that this graph has no room for: told, and what was there before goes on."""

from diagnostic_msgs.msg import DiagnosticArray
from diagnostic_msgs.msg import DiagnosticStatus
from graph import wait_until
import pytest
from rclpy.node import Node
from rclpy.utilities import get_rmw_implementation_identifier
from std_msgs.msg import Bool
from std_msgs.msg import String
from std_msgs.msg import UInt8
from tool_rig import entry
from tool_rig import ToolRig

from personaplex_ros.tools.steps import Stage

REFUSING = ('embedded', 'rmw_fastrtps_cpp', 'rmw_fastrtps_dynamic_cpp')

pytestmark = [
    pytest.mark.graph,
    pytest.mark.fault,
    pytest.mark.skipif(
        get_rmw_implementation_identifier() not in REFUSING,
        reason='this middleware takes a topic with two types in one process',
    ),
]

SHOUT = entry('shout', '{kind: topic, name: shout, type: std_msgs/msg/String, args: {data: hey}}')
WORD = entry('count', '{kind: topic, name: cmd, type: std_msgs/msg/UInt8, args: {data: 7}}')
FLAG = entry('flag', '{kind: topic, name: cmd, type: std_msgs/msg/Bool, args: {data: true}}')
NEEDY = entry('flag', '{kind: topic, name: flag, type: std_msgs/msg/Bool}', '{requires: [cmd]}')


@pytest.fixture
def squatter(graph):
    """Give another node of the process, which uses cmd as a text."""
    node = graph.add(Node('squatter', namespace=graph.namespace, context=graph.context))
    node.publisher = node.create_publisher(String, 'cmd', 1)
    return node


@pytest.fixture
def shouts(graph):
    """Collect what is shouted."""
    return graph.listen(String, f'{graph.namespace}/shout')


def stop_at_cmd(rig) -> None:
    """Let the file name another emergency stop topic."""
    rig.file.write_text(rig.file.read_text().replace('topic: emergency_stop', 'topic: cmd'))


def stop_still_works(rig) -> None:
    """Press the stop, and see it obeyed."""
    assert rig.trigger('estop').success
    rig.user('Shout.')
    rig.until('shout', Stage.REFUSED, 'emergency stop')


def shouts_again(rig, shouts) -> None:
    """See the tool work that was there before."""
    before = len(shouts)
    rig.user('Shout.')
    wait_until(lambda: len(shouts) > before, 'a shout')


@pytest.mark.parametrize('file', [FLAG, NEEDY], ids=['a call', 'a condition'])
def test_a_changed_file_that_has_no_room_leaves_the_old_tools_and_the_stop(
    graph, tmp_path, squatter, shouts, file
):
    log = graph.log()
    told = graph.listen(DiagnosticArray, '/diagnostics')
    rig = ToolRig(graph, tmp_path, SHOUT, reload_period_s=0.05).bring_up()
    rig.write(SHOUT + file)
    line = log.wait(lambda m: 'is not used' in m.msg, 'the log line').msg
    assert 'flag' in line and 'topic cmd [std_msgs/msg/Bool]' in line
    told.wait(
        lambda m: any(
            s.level == DiagnosticStatus.ERROR and 'topic cmd' in s.message for s in m.status
        ),
        'the diagnostics',
    )
    answer = rig.trigger('reload_tools')
    assert not answer.success and 'topic cmd' in answer.message
    shouts_again(rig, shouts)
    stop_still_works(rig)


def test_an_estop_topic_that_has_no_room_leaves_the_one_before(graph, tmp_path, squatter, shouts):
    rig = ToolRig(graph, tmp_path, SHOUT, reload_period_s=0.0).bring_up()
    stop_at_cmd(rig)
    answer = rig.trigger('reload_tools')
    assert not answer.success and 'estop: topic cmd [std_msgs/msg/Bool]' in answer.message
    shouts_again(rig, shouts)
    rig.latch('emergency_stop', True)
    wait_until(lambda: rig.node._acting.intent.estop_pressed_by == 'topic', 'the stop')


def test_a_name_that_became_free_is_taken_when_the_file_is_asked_for_again(
    graph, tmp_path, squatter
):
    flags = graph.stranger('flags')
    rig = ToolRig(graph, tmp_path, SHOUT, reload_period_s=0.0).bring_up()
    rig.write(FLAG)
    assert not rig.trigger('reload_tools').success
    squatter.destroy_publisher(squatter.publisher)
    wait_until(lambda: rig.trigger('reload_tools').success, 'room')
    flags.create_subscription(Bool, 'cmd', lambda flag: None, 10)
    rig.user('Flag.')
    rig.until('flag', Stage.PROPOSED)


@pytest.mark.parametrize('file', [FLAG, NEEDY], ids=['a call', 'a condition'])
def test_a_file_that_has_no_room_is_refused_on_configure_until_it_has(
    graph, tmp_path, squatter, file
):
    log = graph.log()
    rig = ToolRig(graph, tmp_path, file)
    assert not rig.configure()
    line = log.wait(lambda m: m.msg.startswith('cannot configure: '), 'the line').msg
    assert 'topic cmd [std_msgs/msg/Bool]' in line
    assert rig.trigger('estop').success
    squatter.destroy_publisher(squatter.publisher)
    rig.bring_up()
    wait_until(lambda: rig.node._acting.intent.estop_pressed_by == 'service', 'the stop')


def test_an_estop_topic_that_has_no_room_is_refused_on_configure(graph, tmp_path, squatter):
    log = graph.log()
    rig = ToolRig(graph, tmp_path, SHOUT)
    stop_at_cmd(rig)
    assert not rig.configure()
    log.wait(lambda m: 'cannot configure: estop: topic cmd' in m.msg, 'the line')
    rig.write(SHOUT)
    rig.bring_up()


@pytest.mark.parametrize('file', [FLAG, NEEDY], ids=['a call', 'a condition'])
def test_a_name_whose_type_was_changed_in_the_file_is_used_in_the_new_one(graph, tmp_path, file):
    rig = ToolRig(graph, tmp_path, WORD, reload_period_s=0.0).bring_up()
    rig.write(file)
    answer = rig.trigger('reload_tools')
    assert answer.success, answer.message

    def types() -> list[str]:
        return dict(graph.node.get_topic_names_and_types())[rig.path('cmd')]

    wait_until(lambda: types() == ['std_msgs/msg/Bool'], lambda: f'one type, not {types()}')


def test_a_publisher_that_was_given_up_for_a_file_without_room_is_there_again(graph, tmp_path):
    counts = []
    listener = graph.stranger('listener')
    listener.create_subscription(UInt8, 'cmd', counts.append, 10)
    blocked = entry('whisper', '{kind: topic, name: blocked, type: std_msgs/msg/Bool}')
    graph.node.create_publisher(String, f'{graph.namespace}/blocked', 1)
    rig = ToolRig(graph, tmp_path, WORD, reload_period_s=0.0).bring_up()
    rig.write(FLAG + blocked)
    answer = rig.trigger('reload_tools')
    assert not answer.success and 'whisper: topic ' in answer.message

    def is_counted() -> bool:
        rig.user('Count.')
        return 'count SUCCEEDED' in rig.told()

    wait_until(is_counted, 'the old tool')

# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""tool_intent beside the shipped conversation node: its words are spoken, its interrupts heard."""

from graph import wait_until
import pytest
from robot import Robot
from test_intent_faults import DRIVE
from test_intent_faults import Server
from tool_rig import entry
from tool_rig import ToolRig

from personaplex_ros.msg import ConversationState
from personaplex_ros.msg import Transcript
from personaplex_ros.tools.steps import Stage

pytestmark = pytest.mark.graph

SHOUT = '{kind: topic, name: shout, type: std_msgs/msg/String, args: {data: hey}}'
TOOLS = entry('shout', SHOUT, say='{failed: Nobody hears me.}') + DRIVE.replace(
    'policy: {}', 'policy: {cancel_on: [interrupt]}'
)


@pytest.fixture
def rig(graph, robot, tmp_path) -> ToolRig:
    return ToolRig(graph, tmp_path, TOOLS).bring_up()


def test_what_a_call_came_to_is_spoken_by_the_agent(rig, engine, robot):
    with robot.hearing():
        rig.user('Shout.')
        wait_until(lambda: [say.text for say in engine.says] == ['Nobody hears me.'], 'the words')


def test_an_interrupt_cancels_a_drive_while_the_robot_is_silent(graph, rig, robot):
    server = Server(graph)
    drive(rig, server)
    assert robot.interrupt().success
    rig.until('drive', Stage.CANCELLED, 'interrupt')
    wait_until(lambda: server.cancelled == 1, 'the cancel')


def test_a_yes_counts_once_the_agent_asks(graph, robot, engine, tmp_path):
    asks = entry('bow', SHOUT, policy='{confirm: spoken}', say='{ask: "Shall I bow?"}')
    rig = ToolRig(graph, tmp_path, TOOLS + asks).bring_up()
    rig.user('Bow.')
    rig.until('bow', Stage.CONFIRMING)
    wait_until(lambda: engine.says, 'the question to be on its way')
    rig.user('Please.')
    rig.user('Shout.')
    rig.until('shout', Stage.FAILED)
    assert 'bow ACCEPTED' not in rig.told(), 'nobody has been asked yet'
    with robot.hearing():  # the engine goes on by what it hears
        wait_until(lambda: confirmed(rig), 'the yes to count')


def confirmed(rig) -> bool:
    rig.user('Yes.')
    return 'bow ACCEPTED' in rig.told()


@pytest.mark.parametrize('reason', ['refused', 'unspoken'])
def test_a_question_that_nobody_speaks_can_be_answered(graph, robot, engine, tmp_path, reason):
    engine.behaviour.knows_say = reason == 'refused'
    asks = entry('bow', SHOUT, policy='{confirm: spoken}', say='{ask: "Shall I bow?"}')
    rig = ToolRig(graph, tmp_path, asks).bring_up()
    if reason == 'refused':
        robot.deactivate()
    rig.user('Bow.')
    rig.until('bow', Stage.CONFIRMING)
    wait_until(lambda: confirmed(rig), 'the yes to count')


def test_the_emergency_stop_works_while_the_engine_is_down(graph, tmp_path):
    conversation = Robot(graph, 'ws://127.0.0.1:1', down_after_s=0.0)
    assert conversation.configure() and conversation.activate()
    conversation.until_state(ConversationState.DOWN)
    server = Server(graph)
    rig = ToolRig(graph, tmp_path, TOOLS).bring_up()
    drive(rig, server)
    rig.user('Emergency stop!')
    rig.until('drive', Stage.CANCELLED, 'emergency stop')
    wait_until(lambda: server.cancelled == 1, 'the cancel')


def test_words_that_the_conversation_relays_are_heard_once(graph, rig, robot):
    for text in ('Shout.', 'Drive.'):
        rig.user(text)
        robot.transcript.wait(
            lambda t, text=text: t.text == text and t.speaker == Transcript.USER, 'the copy'
        )
    rig.transcribed('Drive.', relayed=True)
    rig.transcribed('Shout.', relayed=False)
    wait_until(lambda: rig.told().count('shout PROPOSED') >= 2, 'words that only transcript tells')
    assert rig.told().count('shout PROPOSED') == 2
    assert rig.told().count('drive PROPOSED') == 1


def drive(rig: ToolRig, server: Server) -> None:
    """Ask for a drive until the server has been found."""

    def is_driving() -> bool:
        rig.user('Drive.')
        return server.goals > 0

    wait_until(is_driving, 'the drive')

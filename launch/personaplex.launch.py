# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""Bring up engine and conversation: ros2 launch personaplex_ros personaplex.launch.py."""

from launch.actions import DeclareLaunchArgument
from launch.actions import EmitEvent
from launch.actions import ExecuteProcess
from launch.actions import OpaqueFunction
from launch.actions import RegisterEventHandler
from launch.events import matches_action
from launch.substitutions import LaunchConfiguration
from launch_ros.actions import LifecycleNode
from launch_ros.actions import Node
from launch_ros.event_handlers import OnStateTransition
from launch_ros.events.lifecycle import ChangeState
from lifecycle_msgs.msg import Transition

from launch import LaunchContext
from launch import LaunchDescription
from personaplex_ros.nodes.composition import engine_command
from personaplex_ros.nodes.composition import node_specs
from personaplex_ros.nodes.composition import NodeSpec
from personaplex_ros.nodes.composition import PARAMETERS_FILE
from personaplex_ros.nodes.files import PACKAGE
from personaplex_ros.nodes.files import package_file

ARGUMENTS = [
    (
        'engine_url',
        '',
        'An engine that runs already, such as ws://workstation:8998; empty starts one here.',
    ),
    ('model', 'nano', 'Model of the engine started here: nano or a model directory.'),
    ('engine_port', '8998', 'Port of the engine started here.'),
    ('persona', '', 'Persona to begin with; empty leaves it to params_file.'),
    (
        'audio',
        '',
        'Microphone and loudspeaker of this machine: sound_card, file, loopback; empty for none.',
    ),
    ('wav', '', 'Sound file to play into audio/in as a microphone; not beside audio:=sound_card.'),
    ('tools', '', 'tools.yaml, with which words become actions; empty for no tool_intent.'),
    ('demo_robot', 'false', 'A robot to try tools on.'),
    ('wake_word', '', 'Spot spoken commands that begin with it; needs tools. Empty for no ear.'),
    ('mind_url', '', 'OpenAI-compatible endpoint that reads along; needs tools. Empty for none.'),
    ('mind_model', '', 'Name of the model there.'),
    ('record', '', 'Folder for a recording of the conversation.'),
    ('namespace', '', 'Namespace of every node.'),
    ('params_file', str(package_file(*PARAMETERS_FILE)), 'Parameters of the nodes.'),
    ('use_sim_time', 'false', 'Stamp by /clock.'),
    ('log_level', 'info', 'Log level of the nodes.'),
    ('autostart', 'true', 'Configure and activate every lifecycle node.'),
]


def generate_launch_description() -> LaunchDescription:
    """Declare the arguments and bring everything up."""
    declared = [
        DeclareLaunchArgument(name, default_value=default, description=description)
        for name, default, description in ARGUMENTS
    ]
    return LaunchDescription([*declared, OpaqueFunction(function=_bring_up)])


def _bring_up(context: LaunchContext) -> list:
    chosen = {name: LaunchConfiguration(name).perform(context) for name, _, _ in ARGUMENTS}
    actions: list = []
    url = chosen['engine_url']
    if not url:
        url = f'ws://127.0.0.1:{chosen["engine_port"]}'
        arguments = ('serve', '--model', chosen['model'], '--port', chosen['engine_port'])
        actions.append(
            ExecuteProcess(
                # launch leaves its processes behind when it is killed: not this one, with the GPU
                cmd=engine_command(*arguments, '--exit-with-parent'),
                name='personaplex_engine',
                output='both',
                respawn=True,
                respawn_delay=2.0,
            )
        )
    specs = node_specs(
        engine_url=url,
        persona=chosen['persona'],
        audio=chosen['audio'],
        wav=chosen['wav'],
        record=chosen['record'],
        tools=chosen['tools'],
        demo_robot=chosen['demo_robot'].lower() == 'true',
        wake_word=chosen['wake_word'],
        mind_url=chosen['mind_url'],
        mind_model=chosen['mind_model'],
    )
    for spec in specs:
        actions += _node_actions(spec, chosen)
    return actions


def _node_actions(spec: NodeSpec, chosen: dict[str, str]) -> list:
    """Return the node, and for a lifecycle node what configures and activates it."""
    given = {**spec.parameters, 'use_sim_time': chosen['use_sim_time'].lower() == 'true'}
    make = LifecycleNode if spec.lifecycle else Node
    node = make(
        package=PACKAGE,
        executable=spec.executable,
        name=spec.name,
        namespace=chosen['namespace'],
        output='both',
        parameters=[chosen['params_file'], given],
        arguments=['--ros-args', '--log-level', chosen['log_level']],
    )
    if not spec.lifecycle or chosen['autostart'].lower() != 'true':
        return [node]
    return [
        RegisterEventHandler(
            OnStateTransition(
                target_lifecycle_node=node,
                start_state='configuring',
                goal_state='inactive',
                entities=[_change(node, Transition.TRANSITION_ACTIVATE)],
                handle_once=True,  # who configures it by hand later decides when it is activated
            )
        ),
        node,
        _change(node, Transition.TRANSITION_CONFIGURE),
    ]


def _change(node: LifecycleNode, transition: int) -> EmitEvent:
    matcher = matches_action(node)
    return EmitEvent(event=ChangeState(lifecycle_node_matcher=matcher, transition_id=transition))

# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""Bring up an audio node alone, such as one half of two machines that share the work."""

from launch.actions import DeclareLaunchArgument
from launch.actions import EmitEvent
from launch.actions import OpaqueFunction
from launch.actions import RegisterEventHandler
from launch.events import matches_action
from launch.substitutions import LaunchConfiguration
from launch_ros.actions import LifecycleNode
from launch_ros.event_handlers import OnStateTransition
from launch_ros.events.lifecycle import ChangeState
from lifecycle_msgs.msg import Transition

from launch import LaunchContext
from launch import LaunchDescription
from personaplex_ros.nodes.composition import PARAMETERS_FILE
from personaplex_ros.nodes.files import PACKAGE
from personaplex_ros.nodes.files import package_file

# Parameters of the node: what is not given is left to params_file and to the node's defaults.
PARAMETERS = [
    ('part', 'both, microphone or loudspeaker.'),
    ('device', 'sound_card, file or loopback.'),
    ('microphone', 'Sound card: name, part of it, or index.'),
    ('loudspeaker', 'Sound card: name, part of it, or index.'),
    ('visitor', 'file, loopback: sound file that the microphone hears.'),
    ('record', "file, loopback: wav for the loudspeaker's sound."),
    ('room_air', 'loopback in two parts: file by which they are in one room.'),
]
ARGUMENTS = [
    *((name, '', f'{meaning} Empty leaves it to params_file.') for name, meaning in PARAMETERS),
    ('name', 'audio', 'Name of the node: two halves of one robot need two.'),
    ('namespace', '', 'Namespace of the node.'),
    ('params_file', str(package_file(*PARAMETERS_FILE)), 'Parameters of the node.'),
]


def generate_launch_description() -> LaunchDescription:
    """Start the node, configure it, activate it."""
    declared = [
        DeclareLaunchArgument(name, default_value=default, description=meaning)
        for name, default, meaning in ARGUMENTS
    ]
    return LaunchDescription([*declared, OpaqueFunction(function=_bring_up)])


def _bring_up(context: LaunchContext) -> list:
    chosen = {name: LaunchConfiguration(name).perform(context) for name, _, _ in ARGUMENTS}
    # one dict each, so that none is empty
    given = [{name: chosen[name]} for name, _ in PARAMETERS if chosen[name]]
    node = LifecycleNode(
        package=PACKAGE,
        executable='audio_node',
        name=chosen['name'],
        namespace=chosen['namespace'],
        output='both',
        parameters=[chosen['params_file'], *given],
    )
    activate = RegisterEventHandler(
        OnStateTransition(
            target_lifecycle_node=node,
            start_state='configuring',
            goal_state='inactive',
            entities=[_change(node, Transition.TRANSITION_ACTIVATE)],
            handle_once=True,  # who configures it by hand later decides when it is activated
        )
    )
    return [activate, node, _change(node, Transition.TRANSITION_CONFIGURE)]


def _change(node: LifecycleNode, transition: int) -> EmitEvent:
    matcher = matches_action(node)
    return EmitEvent(event=ChangeState(lifecycle_node_matcher=matcher, transition_id=transition))

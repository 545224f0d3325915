# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""Microphones and listeners of other packages: found by name, heard, and spoken to."""

import json
import os
from pathlib import Path
import subprocess
import sys

import pytest
from rclpy.utilities import get_rmw_implementation_identifier
from robot import Robot

from personaplex_ros.conversation.settings import check
from personaplex_ros.conversation.settings import ConversationSettings
from personaplex_ros.conversation.settings import MIRRORS
from personaplex_ros.nodes.interop.encode import ENCODERS

pytestmark = [
    pytest.mark.graph,
    pytest.mark.skipif(
        get_rmw_implementation_identifier() != 'embedded',
        reason='two packages of one name; only the embedded graph can load either',
    ),
]

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
PACKAGES = {
    'ros_drivers': ['audio_common_msgs/msg/AudioData', 'audio_common_msgs/msg/AudioDataStamped'],
    'mgonzs13': ['audio_common_msgs/msg/AudioStamped', 'audio_utils_msgs/msg/AudioFrame'],
}


@pytest.mark.parametrize(
    ('package', 'info'), [('ros_drivers', 'later'), ('ros_drivers', 'latched'), ('mgonzs13', '')]
)
def test_each_of_the_packages_is_heard_and_mirrored(package, info):
    types = PACKAGES[package]
    folders = [HERE / 'interfaces' / package, HERE / 'interfaces' / 'others']
    paths = [ROOT, ROOT / 'test', HERE, *sys.path]
    mirrors = [*types, 'foxglove_msgs/msg/RawAudio']
    done = subprocess.run(
        [sys.executable, HERE / 'interop_child.py', ','.join(types), ','.join(mirrors), info],
        env={
            **os.environ,
            'EMBEDDED_ROS_INTERFACE_PATH': os.pathsep.join(map(str, folders)),
            'PYTHONPATH': os.pathsep.join(map(str, paths)),
        },
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout)
    assert set(result['frames']) == set(types) and all(result['frames'].values())
    assert result['mirrored'] == dict.fromkeys(mirrors, 480)
    assert result['told_late'] == (package == 'ros_drivers')


def test_a_type_that_is_not_installed_is_told_on_configure(graph, engine):
    log = graph.log()
    robot = Robot(graph, engine.url, mirror='foxglove_msgs/msg/RawAudio')
    assert not robot.configure()
    line = log.wait(lambda m: 'cannot configure' in m.msg, 'the line')
    assert 'install foxglove_msgs' in line.msg


def test_a_type_that_nobody_knows_is_refused_by_name():
    why = check(ConversationSettings, 'mirror', f'{MIRRORS[0]}, std_msgs/msg/String')
    assert why.startswith("mirror is 'std_msgs/msg/String'; expected some of")


def test_every_type_that_can_be_named_can_be_made():
    assert tuple(ENCODERS) == MIRRORS
    for name in MIRRORS:
        assert check(ConversationSettings, 'mirror', name) == ''


def test_a_type_that_is_named_twice_is_published_once():
    settings = ConversationSettings(mirror=f'{MIRRORS[0]}, {MIRRORS[1]}, {MIRRORS[0]},')
    assert settings.mirrored == list(MIRRORS[:2])


def test_something_else_on_audio_in_is_told_and_the_node_lives(robot, graph):
    from std_msgs.msg import String

    log = graph.log()
    graph.stranger('stranger').create_publisher(String, robot.path('audio/in'), 1)
    log.wait(lambda m: 'std_msgs/msg/String is no audio' in m.msg, 'the line')
    robot.hear_frames(1)

# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""Run by test_interop_graph.py in a process that knows other packages' messages.

Publishes one frame of sound as each foreign type in turn and prints, as JSON, what the robot made
of it: {'frames': {type: frames heard}, 'mirrored': {topic: bytes or samples}, 'told_late': whether
a volatile listener that came late heard of the mirror's format}.
"""

import json
import sys

from graph import Graph
from graph import LATCHED
from graph import wait_until
import numpy as np
from robot import Robot

from fakes.engine import FakeEngine
from personaplex_ros.msg import AudioChunk
from personaplex_ros.nodes.interop import mirror
from personaplex_ros.nodes.interop.encode import ENCODERS
from personaplex_ros.nodes.interop.message_class import message_class

RATE_HZ = 24_000
INFO = 'audio_common_msgs/msg/AudioInfo'
CHUNK = AudioChunk(sample_rate=RATE_HZ, channels=1, samples=[100] * 480)


def main(types: list[str], mirrors: list[str], is_latched: bool) -> None:
    """Try every type. is_latched: audio_info is told once, before anybody listens."""
    graph = Graph()
    mirror.INFO_PERIOD_S = 0.1
    with FakeEngine() as engine:
        if is_latched:
            tell_info_once(graph)
        robot = Robot(graph, engine.url, mirror=','.join(mirrors)).bring_up()
        mirrored = {name: listen(graph, robot, name) for name in mirrors}
        frames = {}
        for name in types:
            before = engine.heard
            tells = 'AudioData' in name and not is_latched
            publish(graph, robot, name, tells, lambda: engine.heard > before)  # noqa: B023
            frames[name] = engine.heard - before
        sizes = {
            name: wait_until(lambda i=inbox: size(i.last)) for name, inbox in mirrored.items()
        }
        told_late = hears_info_late(graph, robot, types)
        graph.close()
    print(json.dumps({'frames': frames, 'mirrored': sizes, 'told_late': told_late}))


def hears_info_late(graph: Graph, robot: Robot, types: list[str]) -> bool:
    """Listen, volatile, to the format of what is mirrored as AudioData."""
    if not any('AudioData' in name for name in types):
        return False
    late = graph.listen(message_class(INFO), robot.path('audio/out/audio_info'))
    with robot.hearing():
        return late.wait(lambda info: info.sample_rate == RATE_HZ) is not None


def publish(graph: Graph, robot: Robot, name: str, tells: bool, done) -> None:
    """Publish until it is heard."""
    kind = message_class(name)
    stranger = graph.stranger('stranger')
    publisher = stranger.create_publisher(kind, robot.path('audio/in'), 100)
    if tells:
        tell_info(graph, robot)
    wait_until(lambda: publisher.get_subscription_count() > 0, f'a subscription of {name}')

    def heard() -> bool:
        publisher.publish(ENCODERS[name](kind, CHUNK))
        return done()

    wait_until(heard, f'{name} to be heard')
    stranger.destroy_publisher(publisher)


def tell_info(graph: Graph, robot: Robot) -> None:
    publisher = graph.node.create_publisher(message_class(INFO), robot.path('audio_info'), 1)
    wait_until(lambda: publisher.get_subscription_count() > 0, 'a subscription of audio_info')
    publisher.publish(info())


def tell_info_once(graph: Graph) -> None:
    kind = message_class(INFO)
    graph.node.create_publisher(kind, f'{graph.namespace}/audio_info', LATCHED).publish(info())


def info():
    """Return the format of CHUNK in ros-drivers' words."""
    return message_class(INFO)(
        channels=1, sample_rate=RATE_HZ, sample_format='S16LE', coding_format='wave'
    )


def listen(graph: Graph, robot: Robot, name: str):
    topic = {
        'foxglove_msgs/msg/RawAudio': 'raw_audio',
        'audio_common_msgs/msg/AudioData': 'audio_data',
        'audio_common_msgs/msg/AudioDataStamped': 'audio_data_stamped',
        'audio_common_msgs/msg/AudioStamped': 'audio_stamped',
        'audio_utils_msgs/msg/AudioFrame': 'audio_frame',
    }[name]
    return graph.listen(message_class(name), robot.path(f'audio/out/{topic}'))


def size(message) -> int:
    """Return how many samples a mirrored message holds; 0 for none."""
    if message is None:
        return 0
    body = getattr(message, 'audio', message)
    if hasattr(body, 'audio_data'):
        return len(body.audio_data.int16_data)
    return len(np.frombuffer(bytes(body.data), np.int16))


if __name__ == '__main__':
    main(sys.argv[1].split(','), sys.argv[2].split(','), sys.argv[3] == 'latched')

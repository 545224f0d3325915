# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""Run by test_intent_recognisers.py in a process that knows other packages' speech messages.

Lets every kind of recogniser say a command and prints, as JSON, the types that led to a call, and
what a second node of the same process has heard.
"""

import json
from pathlib import Path
import sys
from typing import Any

from graph import Graph
from graph import wait_until
from std_msgs.msg import String
from tool_rig import entry
from tool_rig import ToolRig

from personaplex_ros.nodes.intent.user_ears import UserEars
from personaplex_ros.nodes.interop.message_class import message_class
from personaplex_ros.tools.steps import Stage

SHOUT = '{kind: topic, name: shout, type: std_msgs/msg/String, args: {data: hey}}'
RECOGNISERS: dict[str, tuple[str, dict[str, Any]]] = {
    'hri_msgs/msg/LiveSpeech': ('/humans/voices/maya/speech', {'final': 'Shout.'}),
    'speech_recognition_msgs/msg/SpeechRecognitionCandidates': (
        'speech_to_text',
        {'transcript': ['Shout.', 'shut'], 'confidence': [0.9, 0.1]},
    ),
    'std_msgs/msg/String': ('user_words', {'data': ' Shout.'}),
}


def main(folder: Path) -> None:
    """Try every type."""
    graph = Graph()
    shouts = graph.listen(String, f'{graph.namespace}/shout')
    heard: list[str] = []
    beside = UserEars(graph.node, lambda text, voice, is_final: heard.append(text))
    beside.configure(['user_words', '/humans/voices/*/speech', 'speech_to_text'])
    rig = ToolRig(graph, folder, entry('shout', SHOUT)).bring_up()
    recogniser = graph.stranger('recogniser')  # one process may have one type on a topic
    led_to_calls = []
    for name, (topic, fields) in RECOGNISERS.items():
        before = len(shouts)
        kind = message_class(name)
        publisher = recogniser.create_publisher(kind, _path(rig, topic), 10)
        wait_until(lambda p=publisher: p.get_subscription_count() == 2, f'ears for {name}')
        if name.startswith('hri_msgs'):
            publisher.publish(kind(incremental='robot shout'))  # words so far are no command
        publisher.publish(kind(**fields))
        wait_until(lambda: len(shouts) > before, f'a shout by {name}')  # noqa: B023
        led_to_calls.append(name)
    rig.events.wait(lambda event: event.stage == Stage.SUCCEEDED)
    wait_until(lambda: len(heard) == 4, lambda: f'the words of all; had {heard}')
    graph.close()
    print(json.dumps({'calls': led_to_calls, 'shouts': len(shouts), 'heard': heard}))


def _path(rig: ToolRig, topic: str) -> str:
    return topic if topic.startswith('/') else rig.path(topic)


if __name__ == '__main__':
    main(Path(sys.argv[1]))

# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""Which nodes make the system: one list for the launch file and for `standalone`."""

from dataclasses import dataclass
from dataclasses import field
from importlib.util import find_spec
import os
import shlex
import shutil
import sys
from typing import Any

ENGINE_VARIABLE = 'PERSONAPLEX_ENGINE'
"""Environment variable with the engine's command, where it has an environment of its own."""

PARAMETERS_FILE = ('config', 'personaplex.yaml')


@dataclass(frozen=True)
class NodeSpec:
    """One node: the launch file runs its executable, `standalone` makes its class."""

    name: str
    executable: str
    node_class: str
    """module:class"""

    lifecycle: bool = False
    parameters: dict[str, Any] = field(default_factory=dict)
    """What the caller set; it wins over parameter files."""


def node_specs(
    *,
    engine_url: str = '',
    persona: str = '',
    audio: str = '',
    wav: str = '',
    record: str = '',
    visit: str = '',
    tools: str = '',
    demo_robot: bool = False,
    wake_word: str = '',
    mind_url: str = '',
    mind_model: str = '',
) -> list[NodeSpec]:
    """Return the nodes of one system; an argument left empty leaves its part out.

    engine_url, persona: for the conversation. audio: the device of the audio node (sound_card,
    file, loopback). wav: a sound file as microphone; of that device, where there is one. record:
    a folder for the recording. visit: a folder where the demo's visitor writes what it did.
    tools: a tools.yaml, with which words become actions. demo_robot: the robot to try them on.
    wake_word: spoken commands of that file are spotted. mind_url, mind_model: a language model
    that reads along.
    """
    nodes = 'personaplex_ros.nodes'
    specs = [
        NodeSpec(
            'conversation',
            'conversation_node',
            f'{nodes}.conversation_node:ConversationNode',
            lifecycle=True,
            parameters=_given(engine_url=engine_url, persona=persona),
        )
    ]
    if audio:
        specs.append(
            NodeSpec(
                'audio',
                'audio_node',
                f'{nodes}.audio_node:AudioNode',
                lifecycle=True,
                parameters=_given(device=audio, visitor=wav),
            )
        )
    if demo_robot:
        specs.append(NodeSpec('demo_robot', 'demo_robot', f'{nodes}.demo_robot:DemoRobot'))
    if tools:
        specs.append(
            NodeSpec(
                'tool_intent',
                'tool_intent',
                f'{nodes}.tool_intent:ToolIntentNode',
                lifecycle=True,
                parameters={'tools_file': tools},
            )
        )
    if wake_word:
        specs.append(
            NodeSpec(
                'user_words',
                'user_words',
                f'{nodes}.user_words:UserWordsNode',
                lifecycle=True,
                parameters=_given(wake_word=wake_word, tools_file=tools),
            )
        )
    if mind_url:
        specs.append(
            NodeSpec(
                'background',
                'background',
                f'{nodes}.background:BackgroundNode',
                lifecycle=True,
                parameters=_given(url=mind_url, model=mind_model, tools_file=tools),
            )
        )
    if record:
        specs.append(
            NodeSpec(
                'recorder',
                'recorder',
                f'{nodes}.recorder:Recorder',
                parameters={'directory': record},
            )
        )
    if visit:
        specs.append(
            NodeSpec(
                'demo_visitor',
                'demo_visitor',
                f'{nodes}.demo_visitor:DemoVisitor',
                parameters={'directory': visit, **({'say_words': True} if tools else {})},
            )
        )
    if wav and not audio:
        specs.append(
            NodeSpec(
                'wav_source',
                'wav_source',
                f'{nodes}.wav_source:WavSource',
                parameters={'path': wav},
            )
        )
    return specs


def engine_command(*arguments: str) -> list[str]:
    """Return the command line of `personaplex-engine` with these arguments.

    Looked for in this order: PERSONAPLEX_ENGINE, this Python when it has torch and moshi, and
    `personaplex-engine` on the path. Raises FileNotFoundError that says what to do.
    """
    named = shlex.split(os.environ.get(ENGINE_VARIABLE, ''))
    if named and shutil.which(named[0]) is None:
        raise FileNotFoundError(
            f'{ENGINE_VARIABLE} names {named[0]}, which is no command on this machine: name one '
            'that can be run, or connect to another machine with engine_url'
        )
    if named:
        return [*named, *arguments]
    if find_spec('torch') and find_spec('moshi'):
        return [sys.executable, '-m', 'personaplex_ros.engine', *arguments]
    found = shutil.which('personaplex-engine')
    if found:
        return [found, *arguments]
    raise FileNotFoundError(
        'no engine on this machine: install it (see README), name its command in '
        f'{ENGINE_VARIABLE}, or connect to another machine with engine_url'
    )


def _given(**values: str) -> dict[str, str]:
    return {name: value for name, value in values.items() if value}

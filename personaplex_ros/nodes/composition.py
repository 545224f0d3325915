# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""Which nodes make the system: one list for the launch file and for `standalone`."""

from dataclasses import dataclass
from dataclasses import field
from dataclasses import replace
from importlib.util import find_spec
import os
import shlex
import shutil
import sys
from typing import Any

ENGINE_VARIABLE = 'PERSONAPLEX_ENGINE'
"""Environment variable with the engine's command, where it has an environment of its own."""

NODES = 'personaplex_ros.nodes'
PARAMETERS_FILE = ('config', 'personaplex.yaml')


class SoundError(ValueError):
    """Two microphones are asked for at once."""


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
    that reads along. Raises SoundError for a sound file beside a sound card.
    """
    check_sound(audio, wav)
    talk = _managed('conversation_node:ConversationNode', engine_url=engine_url, persona=persona)
    mind = {'url': mind_url, 'model': mind_model, 'tools_file': tools}
    wanted = [
        (True, talk),
        (audio, _managed('audio_node:AudioNode', device=audio, visitor=wav)),
        (demo_robot, _plain('demo_robot:DemoRobot')),
        (tools, _managed('tool_intent:ToolIntentNode', tools_file=tools)),
        (wake_word, _managed('user_words:UserWordsNode', wake_word=wake_word, tools_file=tools)),
        (mind_url, _managed('background:BackgroundNode', **mind)),
        (record, _plain('recorder:Recorder', directory=record)),
        (visit, _plain('demo_visitor:DemoVisitor', directory=visit, say_words=bool(tools))),
        (wav and not audio, _plain('wav_source:WavSource', path=wav)),
    ]
    return [spec for needed, spec in wanted if needed]


def check_sound(audio: str, wav: str) -> None:
    """Raise SoundError for a sound file beside a sound card, which has a microphone of its own."""
    if wav and audio == 'sound_card':
        raise SoundError(
            f'audio is sound_card and wav is {wav}: expected one microphone; give wav without '
            'audio, or with audio file or loopback'
        )


def _managed(place: str, **parameters: Any) -> NodeSpec:
    """Return a lifecycle node; what is empty among its parameters is left to its defaults."""
    return replace(_plain(place, **parameters), lifecycle=True)


def _plain(place: str, **parameters: Any) -> NodeSpec:
    """Return a node. place: module:class under nodes; the executable is named as the module is."""
    executable = place.partition(':')[0]
    given = {key: value for key, value in parameters.items() if value}
    name = executable.removesuffix('_node')
    return NodeSpec(name, executable, f'{NODES}.{place}', parameters=given)


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

# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""Launch files hand on what they were given, and leave the rest to the user's parameters."""

from dataclasses import fields
from pathlib import Path

import pytest

from fakes.launch_modules import Entity
from fakes.launch_modules import launched
from personaplex_ros.nodes.audio_settings import AudioSettings

LAUNCH = Path(__file__).resolve().parents[2] / 'launch'
AUDIO = LAUNCH / 'audio.launch.py'
SYSTEM = LAUNCH / 'personaplex.launch.py'

OF_THE_AUDIO_NODE = {
    'part': 'microphone',
    'device': 'loopback',
    'microphone': '2',
    'loudspeaker': 'usb',
    'visitor': 'a.wav',
    'record': 'b.wav',
    'room_air': '/dev/shm/air',
}


def nodes(actions: list[Entity]) -> list[Entity]:
    return [action for action in actions if action.kind in ('Node', 'LifecycleNode')]


def parameters(node: Entity) -> tuple[str, dict]:
    """Return a node's parameter file, and what comes behind it and wins."""
    file, *given = node.settings['parameters']
    return file, {name: value for part in given for name, value in part.items()}


def test_the_devices_of_the_users_parameter_file_are_not_overridden(monkeypatch):
    (node,) = nodes(launched(AUDIO, monkeypatch, params_file='mine.yaml'))
    assert parameters(node) == ('mine.yaml', {})


def test_what_is_given_to_the_audio_node_wins_over_the_parameter_file(monkeypatch):
    (node,) = nodes(launched(AUDIO, monkeypatch, params_file='mine.yaml', **OF_THE_AUDIO_NODE))
    assert parameters(node) == ('mine.yaml', OF_THE_AUDIO_NODE)


def test_the_audio_node_is_given_only_parameters_that_exist():
    assert OF_THE_AUDIO_NODE.keys() <= {field.name for field in fields(AudioSettings)}


def test_without_a_parameter_file_the_packages_own_is_taken(monkeypatch):
    (node,) = nodes(launched(AUDIO, monkeypatch))
    assert Path(parameters(node)[0]).name == 'personaplex.yaml'


@pytest.mark.parametrize(('autostart', 'share'), [('true', 1), ('false', 0)])
def test_autostart_is_for_every_lifecycle_node(monkeypatch, autostart, share):
    wanted = {'audio': 'file', 'tools': 't.yaml', 'wake_word': 'robot', 'autostart': autostart}
    actions = launched(SYSTEM, monkeypatch, engine_url='ws://h:1', **wanted)
    managed = [node for node in nodes(actions) if node.kind == 'LifecycleNode']
    assert len(managed) == 4
    for kind in ('RegisterEventHandler', 'EmitEvent'):
        assert len([one for one in actions if one.kind == kind]) == share * len(managed)


def test_the_system_too_leaves_the_devices_to_the_parameter_file(monkeypatch):
    actions = launched(SYSTEM, monkeypatch, engine_url='ws://h:1', audio='sound_card')
    (audio,) = [node for node in nodes(actions) if node.settings['name'] == 'audio']
    assert parameters(audio)[1] == {'device': 'sound_card', 'use_sim_time': False}

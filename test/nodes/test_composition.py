# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""One list of nodes for launch file and standalone, and the files and commands they need."""

from dataclasses import fields
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
import sys

import pytest
from rclpy.node import Node

from personaplex_ros.nodes import composition
from personaplex_ros.nodes.composition import engine_command
from personaplex_ros.nodes.composition import ENGINE_VARIABLE
from personaplex_ros.nodes.composition import node_specs
from personaplex_ros.nodes.composition import SoundError
from personaplex_ros.nodes.files import package_file

SCRIPTS = Path(__file__).parents[2] / 'scripts'
EVERYTHING = {'engine_url': 'ws://h:1', 'persona': 'guide', 'wav': 'a.wav', 'record': 'r',
              'visit': 'v'}  # fmt: skip

pytestmark = pytest.mark.graph


def test_without_arguments_there_is_the_conversation_alone():
    (spec,) = node_specs()
    assert (spec.name, spec.lifecycle, spec.parameters) == ('conversation', True, {})


def test_what_is_asked_for_is_there_with_its_parameters():
    specs = {spec.name: spec for spec in node_specs(**EVERYTHING)}
    assert specs['conversation'].parameters == {'engine_url': 'ws://h:1', 'persona': 'guide'}
    assert specs['recorder'].parameters == {'directory': 'r'}
    assert specs['demo_visitor'].parameters == {'directory': 'v'}
    assert specs['wav_source'].parameters == {'path': 'a.wav'}


def test_the_audio_node_takes_the_sound_file_as_its_microphone():
    specs = {spec.name: spec for spec in node_specs(audio='loopback', wav='a.wav')}
    assert 'wav_source' not in specs
    assert specs['audio'].lifecycle
    assert specs['audio'].parameters == {'device': 'loopback', 'visitor': 'a.wav'}


def test_a_sound_file_beside_a_sound_card_is_refused():
    with pytest.raises(SoundError, match=r'audio is sound_card and wav is a\.wav'):
        node_specs(audio='sound_card', wav='a.wav')


EVERY_NODE = [
    *node_specs(**EVERYTHING),
    *node_specs(audio='sound_card', tools='t.yaml', demo_robot=True)[1:],
    *node_specs(wake_word='robot', mind_url='http://h/v1', mind_model='m')[1:],
]


@pytest.mark.parametrize('spec', EVERY_NODE, ids=lambda spec: spec.name)
def test_every_node_is_a_class_and_an_executable(spec):
    module, name = spec.node_class.split(':')
    assert issubclass(getattr(import_module(module), name), Node)
    assert callable(import_module(module).main)
    script = SCRIPTS / spec.executable
    assert module in script.read_text()
    assert script.read_text().startswith('#!/usr/bin/env python3\n')


@pytest.mark.parametrize('spec', EVERY_NODE, ids=lambda spec: spec.name)
def test_every_number_among_a_nodes_parameters_has_a_range(spec):
    module = import_module(spec.node_class.partition(':')[0])
    (settings,) = (thing for name, thing in vars(module).items() if name.endswith('Settings'))
    numbers = [field for field in fields(settings) if type(field.default) in (int, float)]
    assert [f.name for f in numbers if f.metadata['minimum'] is None] == []
    assert all(f.metadata['minimum'] <= f.default <= f.metadata['maximum'] for f in numbers)


@pytest.mark.parametrize('parts', [('config', 'personas.yaml'), composition.PARAMETERS_FILE])
def test_the_packages_files_are_found(parts):
    assert package_file(*parts).is_file()


def test_a_file_that_is_nowhere_is_told_with_the_places():
    with pytest.raises(FileNotFoundError, match=r'config/nothing\.yaml is in none of: /'):
        package_file('config', 'nothing.yaml')


def test_the_named_engine_wins(monkeypatch):
    monkeypatch.setenv(ENGINE_VARIABLE, "/bin/sh -m 'personaplex_ros.engine'")
    assert engine_command('serve', '--port', '1') == [
        '/bin/sh', '-m', 'personaplex_ros.engine', 'serve', '--port', '1',
    ]  # fmt: skip


def test_a_named_engine_that_is_not_there_is_told_before_anything_starts(monkeypatch):
    monkeypatch.setenv(ENGINE_VARIABLE, '/nowhere/personaplex-engine --quiet')
    with pytest.raises(FileNotFoundError, match=f'{ENGINE_VARIABLE} names /nowhere/personaplex-e'):
        engine_command('serve')


def without(*missing: str):
    """Return a find_spec that does not find some packages."""
    return lambda name: None if name in missing else (find_spec(name) or object())


def test_this_python_is_taken_when_it_has_torch_and_moshi(monkeypatch):
    monkeypatch.delenv(ENGINE_VARIABLE, raising=False)
    monkeypatch.setattr(composition, 'find_spec', without())
    assert engine_command('serve') == [sys.executable, '-m', 'personaplex_ros.engine', 'serve']


def test_otherwise_the_command_on_the_path_is_taken(monkeypatch, tmp_path):
    monkeypatch.delenv(ENGINE_VARIABLE, raising=False)
    monkeypatch.setattr(composition, 'find_spec', without('torch'))
    command = tmp_path / 'personaplex-engine'
    command.write_text('#!/bin/sh\n')
    command.chmod(0o755)
    monkeypatch.setenv('PATH', str(tmp_path))
    assert engine_command('serve') == [str(command), 'serve']


def test_a_machine_without_an_engine_is_told_what_to_do(monkeypatch, tmp_path):
    monkeypatch.delenv(ENGINE_VARIABLE, raising=False)
    monkeypatch.setattr(composition, 'find_spec', without('torch', 'moshi'))
    monkeypatch.setenv('PATH', str(tmp_path))
    with pytest.raises(FileNotFoundError, match=f'{ENGINE_VARIABLE}, or connect to another'):
        engine_command('serve')

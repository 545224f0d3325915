# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""The house keeps its plan: who may import whom, and lists that must agree."""

import ast
from pathlib import Path
import re
from xml.etree import ElementTree

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / 'personaplex_ros'

# room -> rooms of this package that it may import
ALLOWED = {
    'audio': set(),
    'wire': {'audio'},
    'backends': {'wire', 'audio'},
    'conversation': {'backends', 'wire', 'audio'},
    'tools': set(),
    'model': {'wire', 'audio'},
    'engine': {'model', 'wire', 'audio'},
    'nodes': {'conversation', 'tools', 'backends', 'wire', 'audio'},
}
ROS = {'rclpy', 'launch', 'launch_ros', 'std_msgs', 'std_srvs', 'rcl_interfaces'}


def modules(room: str) -> list[Path]:
    return sorted((PACKAGE / room).rglob('*.py'))


def imported(path: Path) -> set[str]:
    """Return the full names a module imports, wherever in it."""
    names = set()
    for node in ast.walk(ast.parse(path.read_text(encoding='utf-8'))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names |= {f'{node.module}.{alias.name}' for alias in node.names}
    return names


def test_every_folder_of_the_package_is_a_known_room():
    folders = {p.name for p in PACKAGE.iterdir() if p.is_dir() and any(p.glob('*.py'))}
    assert folders == set(ALLOWED)


@pytest.mark.parametrize('room', ALLOWED)
def test_a_room_imports_only_the_rooms_below_it(room):
    for path in modules(room):
        for name in imported(path):
            parts = name.split('.')
            if parts[0] == 'personaplex_ros' and parts[1] in ALLOWED:
                assert parts[1] in ALLOWED[room] | {room}, f'{path} imports {name}'


@pytest.mark.parametrize('room', sorted(set(ALLOWED) - {'nodes'}))
def test_ros_is_imported_in_the_nodes_alone(room):
    for path in modules(room):
        names = imported(path)
        assert not {name.split('.')[0] for name in names} & ROS, path
        interfaces = ('personaplex_ros.msg', 'personaplex_ros.srv', 'personaplex_ros.action')
        assert not [name for name in names if name.startswith(interfaces)], path


@pytest.mark.parametrize('room', sorted(set(ALLOWED) - {'model', 'engine'}))
def test_torch_is_imported_by_the_model_alone(room):
    for path in modules(room):
        assert not {name.split('.')[0] for name in imported(path)} & {'torch', 'moshi'}, path


def test_cmake_lists_every_interface_and_no_other():
    listed = set(re.findall(r'(?:msg|srv|action)/\w+\.\w+', (ROOT / 'CMakeLists.txt').read_text()))
    there = {
        f'{kind}/{path.name}'
        for kind in ('msg', 'srv', 'action')
        for path in (ROOT / kind).iterdir()
    }
    assert listed == there


def test_every_executable_of_the_composition_is_installed():
    from personaplex_ros.nodes.composition import node_specs

    installed = set(re.findall(r'scripts/([\w-]+)', (ROOT / 'CMakeLists.txt').read_text()))
    specs = node_specs(wav='a.wav', record='out', visit='out')
    specs += node_specs(
        audio='file', tools='t.yaml', demo_robot=True, wake_word='robot', mind_url='u'
    )
    assert {spec.executable for spec in specs} | {
        'standalone',
        'personaplex-audio',
        'personaplex-tools',
    } == installed
    for name in installed:
        script = ROOT / 'scripts' / name
        assert script.stat().st_mode & 0o111
        assert script.read_text().startswith('#!/usr/bin/env python3\n')


def test_versions_agree():
    xml = ElementTree.parse(ROOT / 'package.xml').findtext('version')
    setup = re.search(r"version='([^']+)'", (ROOT / 'setup.py').read_text())
    assert setup is not None and setup.group(1) == xml


def test_the_parameter_file_sets_only_parameters_that_exist_with_their_defaults_type():
    from dataclasses import fields

    from personaplex_ros.conversation.settings import check
    from personaplex_ros.conversation.settings import ConversationSettings
    from personaplex_ros.nodes.audio_settings import AudioSettings
    from personaplex_ros.nodes.background_settings import BackgroundSettings
    from personaplex_ros.nodes.intent.settings import ToolIntentSettings
    from personaplex_ros.nodes.user_words_settings import UserWordsSettings

    file = yaml.safe_load((ROOT / 'config' / 'personaplex.yaml').read_text())
    every_node = {
        'conversation': ConversationSettings,
        'audio': AudioSettings,
        'tool_intent': ToolIntentSettings,
        'user_words': UserWordsSettings,
        'background': BackgroundSettings,
    }
    for node, settings in every_node.items():
        known = {field.name: field.default for field in fields(settings)}
        for name, value in file[f'/**/{node}']['ros__parameters'].items():
            assert type(value) is type(known[name]), name
            assert not check(settings, name, value)


@pytest.mark.parametrize('path', sorted((ROOT / 'launch').iterdir()), ids=lambda path: path.name)
def test_a_launch_file_is_python_that_compiles(path):
    compile(path.read_text(encoding='utf-8'), str(path), 'exec')

# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""A stand-in for ROS 2's launch: launch files say what they would start, and nothing starts."""

from pathlib import Path
import runpy
import sys
from types import ModuleType
from typing import Any

import pytest

NAMES = (
    'launch',
    'launch.actions',
    'launch.events',
    'launch.substitutions',
    'launch_ros',
    'launch_ros.actions',
    'launch_ros.event_handlers',
    'launch_ros.events',
    'launch_ros.events.lifecycle',
    'lifecycle_msgs',
    'lifecycle_msgs.msg',
)


class Entity:
    """Whatever a launch file makes; keeps what it was made with."""

    def __init__(self, *args: Any, **settings: Any) -> None:
        self.args = args
        self.settings = settings

    @property
    def kind(self) -> str:
        """Name of its class in launch."""
        return type(self).__name__

    def perform(self, context: dict[str, str]) -> str:
        """As LaunchConfiguration: the value of an argument."""
        return context[self.args[0]]


class FakeModule(ModuleType):
    """Has every class that it is asked for."""

    def __getattr__(self, name: str) -> type[Entity]:
        if name.startswith('__'):
            raise AttributeError(name)
        made = type(name, (Entity,), {'TRANSITION_CONFIGURE': 1, 'TRANSITION_ACTIVATE': 3})
        setattr(self, name, made)
        return made


def launched(path: Path, monkeypatch: pytest.MonkeyPatch, **given: str) -> list[Entity]:
    """Return what a launch file starts where these arguments are given."""
    for name in NAMES:
        monkeypatch.setitem(sys.modules, name, FakeModule(name))
    description = runpy.run_path(str(path))['generate_launch_description']()
    (entities,) = description.args
    declared = [entity for entity in entities if entity.kind == 'DeclareLaunchArgument']
    context = {one.args[0]: one.settings['default_value'] for one in declared}
    assert given.keys() <= context.keys(), 'an argument that the file does not declare'
    functions = [one.settings['function'] for one in entities if one.kind == 'OpaqueFunction']
    return [action for function in functions for action in function(context | given)]

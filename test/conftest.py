# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""What every test shares: this folder on the path, a ROS graph of this machine alone, or none."""

from functools import cache
import importlib
import os
from pathlib import Path
import sys

import pytest

HERE = Path(__file__).parent
# bench/ is tested too. Last, so that a workspace's package wins over the source tree, which has
# no messages; `colcon test` runs elsewhere, so the folder it runs in does not help.
sys.path.append(str(HERE.parent))

GRAPH_FOLDERS = (HERE / 'nodes',)
"""Tests there import rclpy; without one they are skipped, and the report says why."""

# A real ROS 2 would find the robots of the whole network. Humble reads the first, newer ones
# the second.
os.environ.setdefault('ROS_LOCALHOST_ONLY', '1')
os.environ.setdefault('ROS_AUTOMATIC_DISCOVERY_RANGE', 'LOCALHOST')


@pytest.fixture(autouse=True)
def frames_by_hand(request, monkeypatch) -> None:
    """Let no silence stand in for a microphone: tests pass frames on when they like."""
    if 'silence_stands_in' not in request.fixturenames:
        monkeypatch.setattr('personaplex_ros.conversation.microphone.MISSING_AFTER_S', 3600.0)


@pytest.fixture
def silence_stands_in() -> None:
    """Let it stand in, as on a robot."""


@cache
def why_no_graph() -> str:
    """Return why the shipped nodes cannot run here, or ''."""
    for name in ('rclpy', 'personaplex_ros.msg'):
        try:
            importlib.import_module(name)
        except ImportError as error:
            return (
                f'no ROS graph: {name} cannot be imported ({error}); source a ROS 2 workspace '
                'with this package, or run `make test`, which sets up the embedded graph'
            )
    return ''


def pytest_collectstart(collector: pytest.Collector) -> None:
    """Skip modules that need a graph where there is none, before they are imported.

    Of the hooks that could, this one alone is the same from pytest 6.2.5 (humble) to 9.
    """
    if not isinstance(collector, pytest.Module) or not why_no_graph():
        return
    path = Path(collector.fspath)  # `path` came with pytest 7
    if any(folder in path.parents for folder in GRAPH_FOLDERS):
        collector.collect = _skip


def _skip() -> list:
    pytest.skip(why_no_graph(), allow_module_level=True)

# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""A graph, a stand-in for the engine, and a robot between them, anew for every test."""

from collections.abc import Callable
from collections.abc import Iterator

import pytest

from fakes.engine import FakeEngine


@pytest.fixture
def graph() -> Iterator:
    """Give a ROS graph; a callback that raised fails the test."""
    from graph import Graph

    running = Graph()
    yield running
    running.close()


@pytest.fixture
def engine() -> Iterator[FakeEngine]:
    """Give an engine that listens."""
    with FakeEngine() as running:
        yield running


@pytest.fixture
def make_robot(graph, engine) -> Callable:
    """Give a maker of robots that are not configured yet."""
    from robot import Robot

    return lambda **parameters: Robot(graph, engine.url, **parameters)


@pytest.fixture
def robot(make_robot):
    """Give a robot that is live."""
    return make_robot().bring_up()


@pytest.fixture
def engine_child(monkeypatch, tmp_path):
    """Make the stand-in the engine that this machine has."""
    from engine_child import EngineChild

    return EngineChild(monkeypatch, tmp_path)

# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""The engine as a child: started, watched, started again, and never left behind."""

import time

from graph import wait_until
import pytest

from personaplex_ros.nodes import engine_process
from personaplex_ros.nodes.composition import ENGINE_VARIABLE
from personaplex_ros.nodes.engine_process import EngineError
from personaplex_ros.nodes.engine_process import EngineProcess

pytestmark = [pytest.mark.graph, pytest.mark.fault]


@pytest.fixture
def process(engine_child):
    """Give a process that is not started; it is stopped in the end."""
    lines: list[str] = []
    made = EngineProcess('nano', lines.append)
    made.lines = lines
    yield made
    made.stop()


def test_it_listens_where_it_says(process, engine_child):
    process.start()
    ((_, port),) = engine_child.starts
    assert process.url == f'ws://127.0.0.1:{port}'


def test_stop_leaves_no_process_and_may_be_called_twice(process, engine_child):
    process.start()
    assert engine_child.alive()
    process.stop()
    assert not engine_child.alive()
    process.stop()


def test_one_that_dies_is_told_of_and_started_again_on_the_same_port(
    process, engine_child, monkeypatch
):
    monkeypatch.setattr(engine_process, 'RESTART_AFTER_S', 0.05)
    process.start()
    url = process.url
    process.watch()
    assert process.lines == [], 'nothing to tell while it runs'
    engine_child.kill()

    def restarted() -> bool:
        process.watch()
        return len(engine_child.starts) == 2

    wait_until(restarted, 'the second start')
    assert engine_child.starts[1][1] == engine_child.starts[0][1]
    assert process.url == url
    assert process.lines == ['engine ended with status -9; starting it again']


def test_it_is_not_started_again_at_once(process, engine_child, monkeypatch):
    monkeypatch.setattr(engine_process, 'RESTART_AFTER_S', 3600.0)
    process.start()
    engine_child.kill()

    def told() -> bool:
        process.watch()
        return bool(process.lines)

    wait_until(told, 'the line')
    process.watch()
    assert len(engine_child.starts) == 1
    assert len(process.lines) == 1


def test_one_that_ends_while_it_starts_is_an_error_with_its_status(process, engine_child):
    engine_child.fail('dies')
    with pytest.raises(EngineError, match='ended with status 3'):
        process.start()


def test_one_that_never_listens_is_an_error_and_is_stopped(process, engine_child, monkeypatch):
    engine_child.fail('mute')
    before_s = time.monotonic()
    monkeypatch.setattr(engine_process, 'START_TIMEOUT_S', 1.5)
    with pytest.raises(EngineError, match=r'did not listen within 1\.5 s'):
        process.start()
    assert time.monotonic() - before_s >= 1.5
    assert not engine_child.starts or not engine_child.alive()


def test_a_command_that_does_not_exist_is_an_error_that_names_it(process, monkeypatch):
    monkeypatch.setenv(ENGINE_VARIABLE, '/nowhere/personaplex-engine')
    with pytest.raises(EngineError, match='/nowhere/personaplex-engine'):
        process.start()


def test_stopping_one_that_was_never_started_is_harmless(process):
    process.watch()
    process.stop()

# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""A node's process ends in order, however often it is told to."""

import os
import signal
import subprocess
import sys

from graph import wait_until
import pytest

pytestmark = [pytest.mark.graph, pytest.mark.fault]

READY = 'rclpy is up'
PROGRAM = f"""
import sys
from personaplex_ros.nodes import conversation_node, main

class Announcing(conversation_node.ConversationNode):
    def __init__(self, **kwargs):
        super().__init__('conversation', **kwargs)
        self.trigger_configure()
        self.trigger_activate()
        self.create_timer(0.01, self._announce)

    def _announce(self):
        print({READY!r}, flush=True)

main.run_node(Announcing)
"""

WAITING = """
from personaplex_ros.nodes import conversation_node, main
from personaplex_ros.srv import SetPersona

class Waiting(conversation_node.ConversationNode):
    def __init__(self, **kwargs):
        super().__init__('conversation', **kwargs)
        self.trigger_configure()
        self.trigger_activate()
        self._client = self.create_client(SetPersona, 'set_persona')
        self._answer = None
        self.create_timer(0.01, self._ask)

    def _ask(self):
        if self._answer is None or self._answer.done():  # at once while no engine is there
            request = SetPersona.Request(text_prompt='You fly.', voice='NATM1')
            self._answer = self._client.call_async(request)

main.run_node(Waiting)
"""

MEETING = """
import signal
import sys
from personaplex_ros.nodes.main import RosProcess

def meet(frame, event, arg):
    signal.raise_signal(signal.SIGTERM)
    return meet

with RosProcess(['program']) as process:
    sys.settrace(meet)
    signal.raise_signal(signal.SIGINT)
    sys.settrace(None)
    print('stopping' if process.stopping else 'going on')
"""


@pytest.fixture
def process(tmp_path):
    """Return a process with an active conversation node whose engine is away.

    Its folder is not ours: `python -c` would take the package from the source tree, which on a
    real ROS 2 lacks the generated messages.
    """
    command = [sys.executable, '-c', PROGRAM, '--ros-args', '-p', 'engine_url:=ws://127.0.0.1:9']
    child = subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=dict(os.environ),
        cwd=tmp_path,
    )
    assert child.stdout is not None
    line = child.stdout.readline()
    assert READY in line, child.stderr.read()
    yield child
    child.kill()
    child.communicate()


@pytest.mark.parametrize(
    'signals',
    [
        [signal.SIGINT],
        [signal.SIGTERM],
        [signal.SIGINT, signal.SIGINT],
        [signal.SIGINT, signal.SIGTERM, signal.SIGINT],
    ],
    ids=lambda signals: '+'.join(one.name for one in signals),
)
def test_a_signal_ends_it_with_status_0_and_without_a_traceback(process, signals):
    for one in signals:
        process.send_signal(one)
    _, errors = process.communicate(timeout=20)
    assert process.returncode == 0, errors
    assert 'Traceback' not in errors


def test_a_service_that_waits_for_an_engine_keeps_no_process_from_its_end(engine, tmp_path):
    engine.behaviour.comply = False
    command = [sys.executable, '-c', WAITING, '--ros-args', '-p', f'engine_url:={engine.url}']
    child = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, cwd=tmp_path)
    try:
        wait_until(lambda: engine.requests > 0, 'the engine to be asked', timeout_s=30)
        child.send_signal(signal.SIGINT)
        _, errors = child.communicate(timeout=10)  # it would be 20, connect_timeout_s
    finally:
        child.kill()
    assert child.returncode == 0, errors
    assert 'Traceback' not in errors


DESTROYED = """
from rclpy.exceptions import InvalidHandle
from personaplex_ros.nodes.main import RosProcess

def take(timeout_sec):
    raise InvalidHandle('destruction was requested')

with RosProcess(['program']) as process:
    process._executor.spin_once = take
    process.spin_once(0.1)
    print('went on')
"""


def test_what_is_destroyed_between_the_wait_and_its_turn_ends_no_process(tmp_path):
    """As humble's executor does, which takes from it all the same."""
    command = [sys.executable, '-c', DESTROYED]
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, timeout=30)
    assert done.stdout == 'went on\n', done.stderr


def test_a_signal_may_come_at_any_line_of_the_handling_of_another(tmp_path):
    """A handler that waits for a lock which it has interrupted itself would wait for ever."""
    command = [sys.executable, '-c', MEETING]
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, timeout=30)
    assert done.stdout == 'stopping\n', done.stderr

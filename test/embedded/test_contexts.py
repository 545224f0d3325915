# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""Contexts: beginning, ending, domains that do not hear one another, and signals."""

import os
import signal
import subprocess
import sys
import textwrap
import time

import pytest
import rclpy
from rclpy.exceptions import NotInitializedException
from rclpy.signals import SignalHandlerOptions
from std_msgs.msg import Int64

PATIENCE_S = 20.0


class Domain:
    """A node with a publisher and a subscription in a context of its own."""

    def __init__(self, domain_id):
        self.context = rclpy.Context()
        rclpy.init(context=self.context, args=[], domain_id=domain_id)
        self.node = rclpy.create_node('node', context=self.context)
        self.publisher = self.node.create_publisher(Int64, 'topic', 10)
        self.node.create_subscription(Int64, 'topic', lambda _: None, 10)


@pytest.fixture
def domains():
    made = []

    def make(*domain_ids):
        made.extend(Domain(domain_id) for domain_id in domain_ids)
        return made

    yield make
    for domain in made:
        domain.node.destroy_node()
        rclpy.try_shutdown(context=domain.context)


def test_contexts_of_two_domains_do_not_hear_one_another(domains):
    first, second = domains(11, 12)
    assert (first.context.get_domain_id(), second.context.get_domain_id()) == (11, 12)
    assert first.publisher.get_subscription_count() <= 1
    assert second.node.count_publishers('topic') <= 1
    assert first.node.get_node_names() == ['node']


def test_contexts_of_one_domain_hear_one_another(domains):
    first, second = domains(13, 13)
    give_up = time.monotonic() + PATIENCE_S
    while second.publisher.get_subscription_count() != 2:
        assert time.monotonic() < give_up
        time.sleep(0.01)
    assert first.node.get_node_names() == ['node', 'node']


def test_the_domain_comes_from_the_environment(monkeypatch):
    monkeypatch.setenv('ROS_DOMAIN_ID', '21')
    context = rclpy.Context()
    rclpy.init(context=context, args=[])
    assert context.get_domain_id() == 21
    rclpy.shutdown(context=context)


def test_a_negative_domain_is_an_error():
    with pytest.raises(RuntimeError):
        rclpy.init(context=rclpy.Context(), args=[], domain_id=-1)


def test_a_context_is_ok_between_init_and_shutdown():
    context = rclpy.Context()
    assert not context.ok()
    rclpy.init(context=context, args=[])
    assert context.ok()
    with pytest.raises(RuntimeError):
        context.init()
    rclpy.shutdown(context=context)
    assert not context.ok()
    with pytest.raises(RuntimeError):
        rclpy.shutdown(context=context)
    rclpy.try_shutdown(context=context)


def test_shutdown_calls_those_who_asked_for_it():
    context = rclpy.Context()
    rclpy.init(context=context, args=[])
    calls = []
    context.on_shutdown(lambda: calls.append('first'))
    context.on_shutdown(lambda: calls.append('second'))
    rclpy.shutdown(context=context)
    context.on_shutdown(lambda: calls.append('late'))
    assert calls == ['first', 'second', 'late']


def test_a_node_needs_a_context_that_is_ok():
    with pytest.raises(NotInitializedException):
        rclpy.create_node('node', context=rclpy.Context())


@pytest.mark.parametrize('options', list(SignalHandlerOptions.__members__.values()))
def test_the_installed_signal_handlers_can_be_asked(options):
    rclpy.signals.install_signal_handlers(options)
    assert rclpy.signals.get_current_signal_handlers_options() == options
    rclpy.signals.uninstall_signal_handlers()
    assert rclpy.signals.get_current_signal_handlers_options() == SignalHandlerOptions.NO


SPIN = """
    import signal
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a background job ignores it
    import conftest
    import rclpy
    from rclpy.executors import ExternalShutdownException
    from rclpy.executors import MultiThreadedExecutor, SingleThreadedExecutor
    rclpy.init(args=[])
    node = rclpy.create_node('node')
    node.create_timer(0.01, lambda: print('spinning', flush=True))
    executor = {executor}
    executor.add_node(node)
    try:
        executor.spin()
    except (KeyboardInterrupt, ExternalShutdownException) as end:
        print(type(end).__name__)
    print('ok' if rclpy.ok() else 'shut down')
"""


EXECUTORS = ['SingleThreadedExecutor()', 'MultiThreadedExecutor(1)']


@pytest.mark.parametrize('executor', EXECUTORS)
@pytest.mark.parametrize('signum', [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_spin_and_shuts_down(executor, signum):
    process = subprocess.Popen(
        [sys.executable, '-c', textwrap.dedent(SPIN.format(executor=executor))],
        cwd=os.path.dirname(__file__),
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        # A KeyboardInterrupt that meets CPython's thread pool starting a thread leaves that thread
        # waiting for ever, and the process with it; rclpy on a real ROS 2 has the same pool. The
        # second line comes from a pool of one thread that is complete.
        for _ in range(2):
            assert process.stdout.readline() == 'spinning\n'
        process.send_signal(signum)
        said = process.communicate(timeout=PATIENCE_S)[0].split('\n')
    finally:
        process.kill()
    assert 'shut down' in said
    assert ('KeyboardInterrupt' in said) is (signum == signal.SIGINT)
    assert process.returncode == 0


INTERRUPTED_FINALIZER = """
    import signal
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a background job ignores it
    import conftest
    import rclpy
    import threading
    class Handle:
        def __del__(self):
            signal.raise_signal(signal.SIGINT)
            print('finalized')
    rclpy.init(args=[])
    try:
        Handle()
        threading.Event().wait({patience_s})
    except KeyboardInterrupt:
        print('interrupted')
"""


def test_an_interrupt_that_meets_a_finalizer_is_not_lost():
    program = textwrap.dedent(INTERRUPTED_FINALIZER.format(patience_s=PATIENCE_S))
    ended = subprocess.run(
        [sys.executable, '-c', program],
        cwd=os.path.dirname(__file__),
        capture_output=True,
        text=True,
    )
    assert ended.stdout.split() == ['finalized', 'interrupted'], ended.stderr

# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""Timers and clocks on steady and system time."""

import threading
import time

import pytest
import rclpy
from rclpy.clock import Clock
from rclpy.clock import ClockType
from rclpy.duration import Duration

PERIOD_S = 0.01


def test_a_timer_calls_again_and_again(graph):
    calls = []
    graph.node('node').create_timer(PERIOD_S, lambda: calls.append(time.monotonic()))
    start = time.monotonic()
    graph.spin_until(lambda: len(calls) == 5)
    assert calls[-1] - start >= 4 * PERIOD_S  # never early; late is the machine's business


def test_a_canceled_timer_is_silent_until_reset(graph):
    calls = []
    timer = graph.node('node').create_timer(PERIOD_S, lambda: calls.append(None))
    timer.cancel()
    assert timer.is_canceled()
    graph.spin_until_idle()
    assert calls == []
    timer.reset()
    assert not timer.is_canceled()
    graph.spin_until(lambda: calls)


def test_resetting_a_timer_wakes_an_executor_that_sleeps(graph):
    node = graph.node('node')
    called = threading.Event()
    timer = node.create_timer(PERIOD_S, called.set)
    timer.cancel()
    spinner = threading.Thread(target=graph.executor.spin_once)
    spinner.start()
    timer.reset()
    spinner.join(timeout=10.0)
    graph.spin_until(called.is_set)


def test_a_destroyed_timer_is_silent(graph):
    node = graph.node('node')
    calls = []
    timer = node.create_timer(PERIOD_S, lambda: calls.append(None))
    node.destroy_timer(timer)
    graph.spin_until_idle()
    assert calls == []


def test_a_timer_tells_its_state(graph):
    timer = graph.node('node').create_timer(100.0, lambda: None)
    assert timer.timer_period_ns == 100 * 10**9
    assert not timer.is_ready()
    assert 0 < timer.time_until_next_call() <= 100 * 10**9
    assert 0 <= timer.time_since_last_call() < 100 * 10**9
    timer.timer_period_ns = 10**9
    assert timer.timer_period_ns == 10**9


def test_a_late_timer_skips_the_periods_it_missed(graph):
    calls = []

    def slow():
        calls.append(None)
        if len(calls) == 1:
            time.sleep(40 * PERIOD_S)  # the time in which it misses periods

    timer = graph.node('node').create_timer(PERIOD_S, slow)
    graph.spin_until(lambda: len(calls) == 2)
    # Had it to make up for missed periods, the next call would be overdue by nearly all of them.
    assert timer.time_until_next_call() > -20 * PERIOD_S * 1e9


def test_a_rate_sleeps_while_another_thread_spins(graph):
    node = graph.node('node')
    rate = node.create_rate(1 / PERIOD_S)
    woken = []

    def sleep_twice():
        for _ in range(2):
            rate.sleep()
            woken.append(time.monotonic())

    start = time.monotonic()
    sleeper = threading.Thread(target=sleep_twice)
    sleeper.start()
    graph.spin_until(lambda: len(woken) == 2)
    sleeper.join()
    assert woken[-1] - start >= PERIOD_S


@pytest.mark.parametrize('clock_type', [ClockType.STEADY_TIME, ClockType.SYSTEM_TIME])
def test_a_clock_advances_and_can_be_slept_on(graph, clock_type):
    clock = Clock(clock_type=clock_type)
    start = clock.now()
    assert clock.sleep_for(Duration(seconds=PERIOD_S), context=graph.context)
    assert clock.now() - start >= Duration(seconds=PERIOD_S)


def test_shutdown_ends_a_sleep(graph):
    clock = Clock(clock_type=ClockType.STEADY_TIME)
    slept = []
    sleeper = threading.Thread(
        target=lambda: slept.append(
            clock.sleep_for(Duration(seconds=1000.0), context=graph.context)
        )
    )
    sleeper.start()
    rclpy.shutdown(context=graph.context)
    sleeper.join(timeout=10.0)
    assert slept in ([False], [])  # nothing where it had not begun to sleep
    assert not sleeper.is_alive()

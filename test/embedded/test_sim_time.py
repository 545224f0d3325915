# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""Simulated time: clocks and timers follow /clock, and tell of jumps."""

import pytest
from rclpy.clock import ClockChange
from rclpy.clock import JumpThreshold
from rclpy.duration import Duration
from rclpy.parameter import Parameter
from rclpy.time import Time
from rosgraph_msgs.msg import Clock as ClockMessage

USE_SIM_TIME = Parameter('use_sim_time', Parameter.Type.BOOL, True)


class Simulation:
    """A node on simulated time and the publisher that drives it."""

    def __init__(self, graph):
        self._graph = graph
        self.node = graph.node('node', parameter_overrides=[USE_SIM_TIME])
        self._publisher = graph.node('simulator').create_publisher(ClockMessage, '/clock', 10)
        graph.connected(self._publisher)

    def set_time(self, seconds):
        """Publish the time and wait until the node has it."""
        time = Time(seconds=seconds)
        self._publisher.publish(ClockMessage(clock=time.to_msg()))
        clock = self.node.get_clock()
        self._graph.spin_until(lambda: clock.now().nanoseconds == time.nanoseconds)


@pytest.fixture
def simulation(graph):
    return Simulation(graph)


def test_the_clock_stands_still_until_told(simulation):
    clock = simulation.node.get_clock()
    assert clock.ros_time_is_active
    assert clock.now().nanoseconds == 0
    simulation.set_time(10.5)
    assert clock.now().seconds_nanoseconds() == (10, 500_000_000)


def test_a_timer_waits_for_simulated_time(graph, simulation):
    simulation.set_time(100)
    calls = []
    simulation.node.create_timer(1.0, lambda: calls.append(simulation.node.get_clock().now()))
    graph.spin_until_idle()
    assert calls == []
    simulation.set_time(100.5)
    graph.spin_until_idle()
    assert calls == []
    simulation.set_time(101)
    graph.spin_until(lambda: calls)
    assert len(calls) == 1
    simulation.set_time(110.5)  # the calls that were missed are not made up for
    graph.spin_until(lambda: len(calls) == 2)
    graph.spin_until_idle()
    assert len(calls) == 2


def test_after_a_jump_back_a_timer_starts_a_new_period(graph, simulation):
    simulation.set_time(100)
    calls = []
    simulation.node.create_timer(1.0, lambda: calls.append(None))
    simulation.set_time(50)
    graph.spin_until_idle()
    assert calls == []
    simulation.set_time(51)
    graph.spin_until(lambda: calls)


def test_jumps_beyond_a_threshold_are_announced(simulation):
    simulation.set_time(100)
    jumps = []
    threshold = JumpThreshold(
        min_forward=Duration(seconds=5), min_backward=Duration(seconds=-1), on_clock_change=True
    )
    handle = simulation.node.get_clock().create_jump_callback(
        threshold, post_callback=lambda jump: jumps.append(jump)
    )
    simulation.set_time(101)
    assert jumps == []
    simulation.set_time(110)
    simulation.set_time(100)
    assert [jump.delta for jump in jumps] == [Duration(seconds=9), Duration(seconds=-10)]
    simulation.node.set_parameters([Parameter('use_sim_time', Parameter.Type.BOOL, False)])
    assert jumps[-1].clock_change == ClockChange.ROS_TIME_DEACTIVATED
    handle.unregister()


def test_simulated_time_can_be_switched_on_later(graph):
    node = graph.node('node')
    clock = node.get_clock()
    assert not clock.ros_time_is_active
    assert clock.now().nanoseconds > 0
    node.set_parameters([USE_SIM_TIME])
    assert clock.ros_time_is_active

# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""Measure tool_intent on a graph: from the last word to the call, from the stop to the cancel."""

from collections.abc import Callable
from pathlib import Path
import tempfile
import threading
import time
from typing import Any

import rclpy
from rclpy.action import ActionServer
from rclpy.action import CancelResponse
from rclpy.callback_groups import ReentrantCallbackGroup
from rclpy.context import Context
from rclpy.executors import MultiThreadedExecutor
from rclpy.node import Node
from rclpy.parameter import Parameter
from std_msgs.msg import Bool
from std_msgs.msg import String
from std_srvs.srv import Trigger

from personaplex_ros.action import GoTo
from personaplex_ros.msg import TextToken
from personaplex_ros.msg import Transcript
from personaplex_ros.nodes.main import EXECUTOR_THREADS
from personaplex_ros.nodes.tool_intent import ToolIntentNode

NAMESPACE = '/bench_tools'
PATIENCE_S = 10.0
FEEDBACK_PERIOD_S = 0.02
TOOLS = """\
version: 1
estop: {topic: emergency_stop, phrases: [emergency stop]}
defaults: {cooldown_s: 0.0, max_per_min: 600}
tools:
  - name: wave
    description: Wave.
    source: agent
    phrases: {agent: ['(I will|I am going to) wave']}
    call: {kind: topic, name: wave, type: std_msgs/msg/String, args: {data: wave}}
  - name: stand
    description: Stand up.
    source: user
    phrases: {user: [stand up]}
    call: {kind: service, name: stand, type: std_srvs/srv/Trigger}
  - name: drive
    description: Drive.
    source: user
    phrases: {user: [drive]}
    call: {kind: action, name: drive, type: personaplex_ros/action/GoTo}
    policy: {timeout_s: 60.0}
"""


class World(Node):
    """Everything around tool_intent: user, agent, button, and the servers that are called."""

    def __init__(self, context: Context) -> None:
        super().__init__('world', namespace=NAMESPACE, context=context)
        self.at_ns: dict[str, int] = {}
        """When what was called or cancelled arrived, time.perf_counter_ns."""
        self.user = self.create_publisher(String, 'user_words', 100)
        self.tokens = self.create_publisher(TextToken, 'text_tokens', 100)
        self.transcript = self.create_publisher(Transcript, 'transcript', 10)
        self.button = self.create_publisher(Bool, 'emergency_stop', 10)
        self.release = self.create_client(Trigger, 'release_estop')
        group = ReentrantCallbackGroup()
        self.create_subscription(String, 'wave', self._on_wave, 10, callback_group=group)
        self.create_service(Trigger, 'stand', self._on_stand, callback_group=group)
        self._drive = ActionServer(
            self,
            GoTo,
            'drive',
            self._execute,
            cancel_callback=self._on_cancel,
            callback_group=group,
        )

    def close(self) -> None:
        """Leave the graph."""
        self._drive.destroy()
        self.destroy_node()

    def arrived(self, what: str) -> int:
        """Wait for an arrival; return when it was."""
        wait_until(lambda: what in self.at_ns, what)
        return self.at_ns.pop(what)

    def _note(self, what: str) -> None:
        self.at_ns.setdefault(what, time.perf_counter_ns())

    def _on_wave(self, message: String) -> None:
        self._note('call')

    def _on_stand(self, request: Trigger.Request, response: Trigger.Response):
        self._note('call')
        response.success = True
        return response

    def _on_cancel(self, goal: Any) -> CancelResponse:
        self._note('cancel')
        return CancelResponse.ACCEPT

    def _execute(self, goal: Any) -> GoTo.Result:
        self._note('driving')
        while not goal.is_cancel_requested:
            goal.publish_feedback(GoTo.Feedback(distance_remaining=1.0))
            time.sleep(FEEDBACK_PERIOD_S)
        goal.canceled()
        self._note('still')
        return GoTo.Result()


def measure(rounds: int) -> dict[str, list[float]]:
    """Return latencies in ms, measured where the message arrives: what it takes at least."""
    context = Context()
    rclpy.init(context=context)
    executor = MultiThreadedExecutor(EXECUTOR_THREADS, context=context)
    stop = threading.Event()

    def spin() -> None:
        while not stop.is_set():
            executor.spin_once(timeout_sec=0.1)

    with tempfile.TemporaryDirectory() as folder:
        world, node = World(context), _tool_intent(context, Path(folder))
        for each in (world, node):
            executor.add_node(each)
        spinner = threading.Thread(target=spin)
        spinner.start()
        try:
            return _measured(world, node, rounds)
        finally:
            stop.set()
            spinner.join()
            executor.shutdown()
            node.destroy_node()
            world.close()
            context.try_shutdown()


def _tool_intent(context: Context, folder: Path) -> ToolIntentNode:
    file = folder / 'tools.yaml'
    file.write_text(TOOLS)
    values = {'tools_file': str(file), 'audit_file': str(folder / 'audit.jsonl')}
    return ToolIntentNode(
        namespace=NAMESPACE,
        context=context,
        parameter_overrides=[Parameter(name, value=value) for name, value in values.items()],
    )


def _measured(world: World, node: ToolIntentNode, rounds: int) -> dict[str, list[float]]:
    node.trigger_configure()
    node.trigger_activate()
    for publisher in (world.user, world.tokens, world.button):
        wait_until(lambda p=publisher: p.get_subscription_count() > 0, publisher.topic_name)
    return {
        'agent_token_to_topic': [_token(world) for _ in range(rounds)],
        'user_words_to_service': [_words(world) for _ in range(rounds)],
        'user_stop_to_cancel': [_stop(world, _say_stop) for _ in range(rounds)],
        'topic_stop_to_cancel': [_stop(world, _press) for _ in range(rounds)],
    }


def _token(world: World) -> float:
    for piece in (' I', ' am', ' going', ' to', ' wa', 've'):
        world.tokens.publish(TextToken(piece=piece))
    time.sleep(0.08)  # a frame: the token that ends the phrase comes alone
    begun_ns = time.perf_counter_ns()
    world.tokens.publish(TextToken(piece='.'))
    took_ms = (world.arrived('call') - begun_ns) / 1e6
    world.transcript.publish(Transcript(is_final=True, interrupted=True))  # a new utterance
    time.sleep(0.05)
    return took_ms


def _words(world: World) -> float:
    time.sleep(0.05)
    begun_ns = time.perf_counter_ns()
    world.user.publish(String(data='Please stand up.'))
    return (world.arrived('call') - begun_ns) / 1e6


def _stop(world: World, stop: Callable[[World], None]) -> float:
    world.user.publish(String(data='Drive.'))
    world.arrived('driving')
    time.sleep(0.05)
    begun_ns = time.perf_counter_ns()
    stop(world)
    took_ms = (world.arrived('cancel') - begun_ns) / 1e6
    world.arrived('still')
    world.button.publish(Bool(data=False))
    wait_until(lambda: _is_released(world), 'the release')
    return took_ms


def _say_stop(world: World) -> None:
    world.user.publish(String(data='Emergency stop!'))


def _press(world: World) -> None:
    world.button.publish(Bool(data=True))


def _is_released(world: World) -> bool:
    future = world.release.call_async(Trigger.Request())
    wait_until(future.done, 'an answer')
    return future.result().success


def wait_until(condition: Callable[[], bool], what: str) -> None:
    """Wait; raises TimeoutError."""
    give_up_s = time.monotonic() + PATIENCE_S
    while not condition():
        if time.monotonic() > give_up_s:
            raise TimeoutError(f'waited {PATIENCE_S:g} s in vain for {what}')
        time.sleep(0.0005)

# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""A robot to try tools on: lamps by topic, a pose and a stop by service, a drive by action."""

from dataclasses import dataclass
import math
import threading
from typing import Any

from rclpy.action import ActionServer
from rclpy.action import CancelResponse
from rclpy.action import GoalResponse
from rclpy.callback_groups import ReentrantCallbackGroup
from rclpy.node import Node
from std_msgs.msg import Bool
from std_msgs.msg import ColorRGBA
from std_msgs.msg import UInt8
from std_srvs.srv import SetBool
from std_srvs.srv import Trigger

from personaplex_ros.action import GoTo
from personaplex_ros.conversation.settings import setting
from personaplex_ros.nodes import parameters
from personaplex_ros.nodes import qos
from personaplex_ros.nodes.main import run_node

STEP_S = 0.05
"""How often a drive moves, and looks whether it shall end."""

WARN_PERIOD_S = 5.0

LAMPS = {1: 'ceiling', 2: 'desk', 3: 'porch'}
"""What lights/command carries in `r`."""


@dataclass(frozen=True)
class DemoRobotSettings:
    """How it drives."""

    speed_mps: float = setting(1.0, 'Speed of a drive.', unit='m/s', minimum=0.01, maximum=1_000.0)
    localized: bool = setting(True, 'What it latches on the topic localized.', read_only=True)


class DemoRobot(Node):
    """Nothing moves but numbers and log lines. A drive lasts as long as a real one."""

    def __init__(self, node_name: str = 'demo_robot', **kwargs) -> None:
        super().__init__(node_name, **kwargs)
        settings = parameters.take(self, DemoRobotSettings)
        self.lamps: dict[str, bool] = {}
        self.brightness = 100
        self.is_standing = False
        self.position_m = (0.0, 0.0)
        self._halt = threading.Event()
        self._one_drive = threading.Lock()
        self.create_subscription(ColorRGBA, 'lights/command', self._on_light, 10)
        self.create_subscription(UInt8, 'lights/brightness', self._on_brightness, 10)
        self.create_service(SetBool, 'stand', self._on_stand)
        self.create_service(Trigger, 'stop', self._on_stop)
        self._server = ActionServer(
            self,
            GoTo,
            'go_to',
            execute_callback=self._drive,
            goal_callback=self._on_goal,
            cancel_callback=lambda goal: CancelResponse.ACCEPT,
            callback_group=ReentrantCallbackGroup(),
        )
        self._localized = self.create_publisher(Bool, 'localized', qos.latched())
        self._localized.publish(Bool(data=settings.localized))

    def destroy_node(self) -> None:
        """Stop, then leave the graph."""
        self._halt.set()
        with self._one_drive:
            self._server.destroy()
        super().destroy_node()

    def _on_light(self, command: ColorRGBA) -> None:
        lamp = LAMPS.get(command.r)
        if lamp is None:
            self.get_logger().warning(
                f'no lamp has the number {command.r:g} (have {min(LAMPS)} to {max(LAMPS)}): '
                'nothing is switched',
                throttle_duration_sec=WARN_PERIOD_S,
            )
            return
        self.lamps[lamp] = command.a > 0.5
        self.get_logger().info(f'the {lamp} light is {"on" if self.lamps[lamp] else "off"}')

    def _on_brightness(self, percent: UInt8) -> None:
        self.brightness = percent.data
        self.get_logger().info(f'the lights are at {percent.data} %')

    def _on_stand(self, request: SetBool.Request, response: SetBool.Response):
        self.is_standing = request.data
        response.success = True
        response.message = 'standing' if request.data else 'sitting'
        self.get_logger().info(response.message)
        return response

    def _on_stop(self, request: Trigger.Request, response: Trigger.Response):
        self._halt.set()
        response.success = True
        response.message = 'stopped'
        return response

    def _on_goal(self, goal: GoTo.Goal) -> GoalResponse:
        if not math.isfinite(self._distance_m(goal)):
            self.get_logger().warning(f'a drive is refused: ({goal.x}, {goal.y}) is no place')
            return GoalResponse.REJECT
        if self._one_drive.locked():
            self.get_logger().warning('a drive is refused: another has not ended')
            return GoalResponse.REJECT
        return GoalResponse.ACCEPT

    def _drive(self, goal: Any) -> GoTo.Result:
        """Hold an executor's thread until it ends."""
        with self._one_drive:
            self._halt.clear()
            left_m = self._distance_m(goal.request)
            while left_m > 0.0:
                if goal.is_cancel_requested:
                    goal.canceled()
                    return self._ended(False, f'cancelled {left_m:.1f} m before the end')
                if self._halt.wait(STEP_S):
                    goal.abort()
                    return self._ended(False, f'stopped {left_m:.1f} m before the end')
                left_m = self._move(goal.request)
                goal.publish_feedback(GoTo.Feedback(distance_remaining=left_m))
            goal.succeed()
            return self._ended(True, 'arrived')

    def _move(self, goal: GoTo.Goal) -> float:
        """Go one step; return the metres that are left."""
        left_m = self._distance_m(goal)
        step_m = min(left_m, STEP_S * parameters.read(self, DemoRobotSettings).speed_mps)
        share = step_m / left_m if left_m else 0.0
        x, y = self.position_m
        self.position_m = (x + share * (goal.x - x), y + share * (goal.y - y))
        return left_m - step_m

    def _distance_m(self, goal: GoTo.Goal) -> float:
        return math.dist((goal.x, goal.y), self.position_m)

    def _ended(self, success: bool, message: str) -> GoTo.Result:
        self.get_logger().info(f'drive: {message}')
        return GoTo.Result(success=success, message=message)


def main() -> None:
    """Run the node until it is interrupted."""
    run_node(DemoRobot)


if __name__ == '__main__':
    main()

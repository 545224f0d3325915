# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""rclpy's ActionServer handle: three services, two publishers, a timer, and the goals."""

from __future__ import annotations

import numpy as np

from embedded_ros.extension.clock import Clock
from embedded_ros.extension.destroyable import Destroyable
from embedded_ros.extension.exceptions import RCLError
from embedded_ros.extension.node import Node
from embedded_ros.extension.publisher import Publisher
from embedded_ros.extension.qos_profile import rmw_qos_profile_t
from embedded_ros.extension.service import Service
from embedded_ros.extension.timer import Timer
from embedded_ros.extension.wait_set import WaitSet
from embedded_ros.rcl.action_goal import Goal
from embedded_ros.rcl.action_goal import GoalTable
from embedded_ros.rcl.errors import RclRuleError

NS_PER_S = 10**9


class ActionServer(Destroyable):
    """Takes goal, cancel and result requests; publishes feedback and the status of all goals.

    action_type: an action class. result_timeout: seconds for which the result of a goal is kept,
    counted from its acceptance. Raises ValueError for a name that cannot be used.
    """

    def __init__(
        self,
        node: Node,
        clock: Clock,
        action_type: type,
        action_name: str,
        goal_service_qos: rmw_qos_profile_t,
        result_service_qos: rmw_qos_profile_t,
        cancel_service_qos: rmw_qos_profile_t,
        feedback_topic_qos: rmw_qos_profile_t,
        status_topic_qos: rmw_qos_profile_t,
        result_timeout: float,
    ) -> None:
        impl = action_type.Impl
        prefix = f'{action_name}/_action'
        try:
            self._goal = Service(
                node, impl.SendGoalService, f'{prefix}/send_goal', goal_service_qos
            )
            self._cancel = Service(
                node, impl.CancelGoalService, f'{prefix}/cancel_goal', cancel_service_qos
            )
            self._result = Service(
                node, impl.GetResultService, f'{prefix}/get_result', result_service_qos
            )
            self._feedback = Publisher(
                node, impl.FeedbackMessage, f'{prefix}/feedback', feedback_topic_qos
            )
            self._status = Publisher(
                node, impl.GoalStatusMessage, f'{prefix}/status', status_topic_qos
            )
        except ValueError as error:
            raise ValueError(
                'Failed to create action server due to invalid topic name '
                f"'{action_name}' : {error}"
            ) from None
        self._status_type = impl.GoalStatusMessage
        timeout_ns = int(result_timeout * NS_PER_S)
        self._goals = GoalTable(timeout_ns)
        self._clock = clock
        self._expire_timer = Timer(clock, node.context, timeout_ns)
        self._expire_timer.cancel_timer()  # nothing to expire yet
        self._wait_set_indices: tuple[tuple[str, int], ...] = ()
        super().__init__()
        self.pointer = id(self)

    def accept_goal(self, goal_info: object) -> Goal:
        """Start to follow a goal, stamped with the time of now. Raises RCLError: id in use."""
        try:
            return self._goals.accept(_uuid(goal_info), self._now_ns())
        except RclRuleError as error:
            raise RCLError(f'Failed to accept new goal: {error}') from None

    def goal_exists(self, goal_info: object) -> bool:
        """Return whether a goal of that id is followed."""
        return self._goals.exists(_uuid(goal_info))

    def take_goal_request(self, request_type: type) -> tuple[object | None, object | None]:
        """Take (header, request), or (None, None)."""
        return _take_request(self._goal, request_type)

    def take_cancel_request(self, request_type: type) -> tuple[object | None, object | None]:
        """Take (header, request), or (None, None)."""
        return _take_request(self._cancel, request_type)

    def take_result_request(self, request_type: type) -> tuple[object | None, object | None]:
        """Take (header, request), or (None, None)."""
        return _take_request(self._result, request_type)

    def send_goal_response(self, header: object, response: object) -> None:
        """Answer a goal request."""
        self._goal.service_send_response(response, header)

    def send_cancel_response(self, header: object, response: object) -> None:
        """Answer a cancel request."""
        self._cancel.service_send_response(response, header)

    def send_result_response(self, header: object, response: object) -> None:
        """Answer a result request."""
        self._result.service_send_response(response, header)

    def publish_feedback(self, message: object) -> None:
        """Publish a feedback message."""
        self._feedback.publish(message)

    def publish_status(self) -> None:
        """Publish the state of every goal that is followed."""
        from action_msgs.msg import GoalStatus

        self._status.publish(
            self._status_type(
                status_list=[
                    GoalStatus(goal_info=_goal_info(goal), status=int(goal.state))
                    for goal in self._goals.snapshot()
                ]
            )
        )

    def process_cancel_request(self, request: object, response_type: type) -> object:
        """Return the response that lists the goals a cancel request means."""
        stamp = request.goal_info.stamp
        code, goals = self._goals.select_for_cancel(
            _uuid(request.goal_info), stamp.sec * NS_PER_S + stamp.nanosec
        )
        return response_type(
            return_code=int(code), goals_canceling=[_goal_info(goal) for goal in goals]
        )

    def notify_goal_done(self) -> None:
        """Plan when the next result expires."""
        wait_ns = self._goals.ns_to_next_expiry(self._now_ns())
        if wait_ns is None:
            self._expire_timer.cancel_timer()
        else:
            self._expire_timer.change_timer_period(wait_ns)
            self._expire_timer.reset_timer()

    def expire_goals(self, max_num_goals: int) -> tuple[object, ...]:
        """Forget goals whose result expired and return their GoalInfo messages."""
        expired = self._goals.expire(self._now_ns(), max_num_goals)
        self.notify_goal_done()
        return tuple(_goal_info(goal) for goal in expired)

    def get_num_entities(self) -> tuple[int, int, int, int, int]:
        """Return how many subscriptions, guard conditions, timers, clients, services it has."""
        return 0, 0, 1, 0, 3

    def add_to_waitset(self, wait_set: WaitSet) -> None:
        """Let a wait set wait for requests and for the next expiry."""
        self._wait_set_indices = (
            ('service', wait_set.add_service(self._goal)),
            ('service', wait_set.add_service(self._cancel)),
            ('service', wait_set.add_service(self._result)),
            ('timer', wait_set.add_timer(self._expire_timer)),
        )

    def is_ready(self, wait_set: WaitSet) -> tuple[bool, ...]:
        """Return whether goal, cancel and result requests wait, and whether a result expired."""
        return tuple(wait_set.is_ready(kind, index) for kind, index in self._wait_set_indices)

    def _now_ns(self) -> int:
        return self._clock.now_ns()

    def _release(self) -> None:
        for part in (
            self._goal,
            self._cancel,
            self._result,
            self._feedback,
            self._status,
            self._expire_timer,
        ):
            part.destroy_when_not_in_use()

    def _abandon(self) -> None:
        """Leave the parts to their own finalizers."""


def _take_request(service: Service, request_type: type) -> tuple[object | None, object | None]:
    request, info = service.service_take_request(request_type)
    return (None, None) if info is None else (info.request_id, request)


def _uuid(goal_info: object) -> bytes:
    return bytes(goal_info.goal_id.uuid)


def _goal_info(goal: Goal) -> object:
    from action_msgs.msg import GoalInfo

    info = GoalInfo()
    info.goal_id.uuid = np.frombuffer(goal.uuid, np.uint8).copy()
    info.stamp.sec, info.stamp.nanosec = divmod(goal.stamp_ns, NS_PER_S)
    return info

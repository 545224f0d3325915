# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""rclpy's ActionClient handle: three service clients and two subscriptions under one name."""

from __future__ import annotations

from embedded_ros.extension.client import Client
from embedded_ros.extension.destroyable import Destroyable
from embedded_ros.extension.node import Node
from embedded_ros.extension.qos_profile import rmw_qos_profile_t
from embedded_ros.extension.subscription import Subscription
from embedded_ros.extension.wait_set import WaitSet


class ActionClient(Destroyable):
    """Sends goals, cancel and result requests; takes their answers, feedback and status.

    action_type: an action class. Raises ValueError for a name that cannot be used.
    """

    def __init__(
        self,
        node: Node,
        action_type: type,
        action_name: str,
        goal_service_qos: rmw_qos_profile_t,
        result_service_qos: rmw_qos_profile_t,
        cancel_service_qos: rmw_qos_profile_t,
        feedback_topic_qos: rmw_qos_profile_t,
        status_topic_qos: rmw_qos_profile_t,
    ) -> None:
        impl = action_type.Impl
        prefix = f'{action_name}/_action'
        try:
            self._goal = Client(
                node, impl.SendGoalService, f'{prefix}/send_goal', goal_service_qos
            )
            self._cancel = Client(
                node, impl.CancelGoalService, f'{prefix}/cancel_goal', cancel_service_qos
            )
            self._result = Client(
                node, impl.GetResultService, f'{prefix}/get_result', result_service_qos
            )
            self._feedback = Subscription(
                node, impl.FeedbackMessage, f'{prefix}/feedback', feedback_topic_qos
            )
            self._status = Subscription(
                node, impl.GoalStatusMessage, f'{prefix}/status', status_topic_qos
            )
        except ValueError as error:
            raise ValueError(
                'Failed to create action client due to invalid topic name '
                f"'{action_name}' : {error}"
            ) from None
        self._node = node
        self._wait_set_indices: tuple[tuple[str, int], ...] = ()
        super().__init__()
        self.pointer = id(self)

    def send_goal_request(self, request: object) -> int:
        """Ask the server to accept a goal; return the sequence number of its answer."""
        return self._goal.send_request(request)

    def send_cancel_request(self, request: object) -> int:
        """Ask the server to cancel goals; return the sequence number of its answer."""
        return self._cancel.send_request(request)

    def send_result_request(self, request: object) -> int:
        """Ask the server for a goal's result; return the sequence number of its answer."""
        return self._result.send_request(request)

    def take_goal_response(self, response_type: type) -> tuple[int | None, object | None]:
        """Take (sequence number, response), or (None, None)."""
        return _take_response(self._goal, response_type)

    def take_cancel_response(self, response_type: type) -> tuple[int | None, object | None]:
        """Take (sequence number, response), or (None, None)."""
        return _take_response(self._cancel, response_type)

    def take_result_response(self, response_type: type) -> tuple[int | None, object | None]:
        """Take (sequence number, response), or (None, None)."""
        return _take_response(self._result, response_type)

    def take_feedback(self, message_type: type) -> object | None:
        """Take a feedback message; None where there is none."""
        return _take_message(self._feedback, message_type)

    def take_status(self, message_type: type) -> object | None:
        """Take a status message; None where there is none."""
        return _take_message(self._status, message_type)

    def is_action_server_available(self) -> bool:
        """Return whether all five ends of a server are in the graph."""
        clients = (self._goal, self._cancel, self._result)
        subscriptions = (self._feedback, self._status)
        return all(client.service_server_is_available() for client in clients) and all(
            self._node.get_count_publishers(subscription.get_topic_name())
            for subscription in subscriptions
        )

    def get_num_entities(self) -> tuple[int, int, int, int, int]:
        """Return how many subscriptions, guard conditions, timers, clients, services it has."""
        return 2, 0, 0, 3, 0

    def add_to_waitset(self, wait_set: WaitSet) -> None:
        """Let a wait set wait for anything that may be taken."""
        self._wait_set_indices = (
            ('subscription', wait_set.add_subscription(self._feedback)),
            ('subscription', wait_set.add_subscription(self._status)),
            ('client', wait_set.add_client(self._goal)),
            ('client', wait_set.add_client(self._cancel)),
            ('client', wait_set.add_client(self._result)),
        )

    def is_ready(self, wait_set: WaitSet) -> tuple[bool, ...]:
        """Return whether feedback, status, goal, cancel and result response can be taken."""
        return tuple(wait_set.is_ready(kind, index) for kind, index in self._wait_set_indices)

    def _release(self) -> None:
        for part in (self._goal, self._cancel, self._result, self._feedback, self._status):
            part.destroy_when_not_in_use()

    def _abandon(self) -> None:
        """Leave the parts to their own finalizers."""


def _take_response(client: Client, response_type: type) -> tuple[int | None, object | None]:
    header, response = client.take_response(response_type)
    return (None, None) if header is None else (header.request_id.sequence_number, response)


def _take_message(subscription: Subscription, message_type: type) -> object | None:
    taken = subscription.take_message(message_type, False)
    return None if taken is None else taken[0]

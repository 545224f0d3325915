# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""rclpy's QoSEvent handle, its event types, and what each kind of event tells."""

from dataclasses import dataclass

from embedded_ros.extension.destroyable import Destroyable
from embedded_ros.extension.enums import CEnum
from embedded_ros.extension.publisher import Publisher
from embedded_ros.extension.subscription import Subscription


class rcl_subscription_event_type_t(CEnum):  # noqa: N801  rclpy's name
    """rcl/event.h: what a subscription can report."""

    RCL_SUBSCRIPTION_REQUESTED_DEADLINE_MISSED = 0
    RCL_SUBSCRIPTION_LIVELINESS_CHANGED = 1
    RCL_SUBSCRIPTION_REQUESTED_INCOMPATIBLE_QOS = 2
    RCL_SUBSCRIPTION_MESSAGE_LOST = 3


class rcl_publisher_event_type_t(CEnum):  # noqa: N801  rclpy's name
    """rcl/event.h: what a publisher can report."""

    RCL_PUBLISHER_OFFERED_DEADLINE_MISSED = 0
    RCL_PUBLISHER_LIVELINESS_LOST = 1
    RCL_PUBLISHER_OFFERED_INCOMPATIBLE_QOS = 2


class rmw_qos_policy_kind_t(CEnum):  # noqa: N801  rclpy's name
    """rmw/qos_policy_kind.h."""

    RMW_QOS_POLICY_INVALID = 1 << 0
    RMW_QOS_POLICY_DURABILITY = 1 << 1
    RMW_QOS_POLICY_DEADLINE = 1 << 2
    RMW_QOS_POLICY_LIVELINESS = 1 << 3
    RMW_QOS_POLICY_RELIABILITY = 1 << 4
    RMW_QOS_POLICY_HISTORY = 1 << 5
    RMW_QOS_POLICY_LIFESPAN = 1 << 6
    RMW_QOS_POLICY_DEPTH = 1 << 7
    RMW_QOS_POLICY_LIVELINESS_LEASE_DURATION = 1 << 8
    RMW_QOS_POLICY_AVOID_ROS_NAMESPACE_CONVENTIONS = 1 << 9


@dataclass(frozen=True)
class _Count:
    total_count: int = 0
    total_count_change: int = 0


class rmw_requested_deadline_missed_status_t(_Count):  # noqa: N801  rclpy's name
    """Deadlines missed by the publishers of a subscription."""


class rmw_offered_deadline_missed_status_t(_Count):  # noqa: N801  rclpy's name
    """Deadlines missed by a publisher."""


class rmw_message_lost_status_t(_Count):  # noqa: N801  rclpy's name
    """Messages that did not reach a subscription."""


class rmw_liveliness_lost_status_t(_Count):  # noqa: N801  rclpy's name
    """Leases that a publisher let end."""


@dataclass(frozen=True)
class rmw_requested_qos_incompatible_event_status_t(_Count):  # noqa: N801  rclpy's name
    """Endpoints of the same topic that ask for, or offer, another QoS."""

    last_policy_kind: rmw_qos_policy_kind_t = rmw_qos_policy_kind_t.RMW_QOS_POLICY_INVALID


@dataclass(frozen=True)
class rmw_liveliness_changed_status_t:  # noqa: N801  rclpy's name
    """How many publishers of a subscription are alive, and the changes since last asked."""

    alive_count: int = 0
    not_alive_count: int = 0
    alive_count_change: int = 0
    not_alive_count_change: int = 0


_SUBSCRIPTION_EVENTS = {
    # event type: (name of the status in the graph, what take_event returns)
    rcl_subscription_event_type_t.RCL_SUBSCRIPTION_REQUESTED_DEADLINE_MISSED: (
        'deadline',
        rmw_requested_deadline_missed_status_t,
    ),
    rcl_subscription_event_type_t.RCL_SUBSCRIPTION_LIVELINESS_CHANGED: (
        'liveliness',
        rmw_liveliness_changed_status_t,
    ),
    rcl_subscription_event_type_t.RCL_SUBSCRIPTION_REQUESTED_INCOMPATIBLE_QOS: (
        'incompatible_qos',
        rmw_requested_qos_incompatible_event_status_t,
    ),
    rcl_subscription_event_type_t.RCL_SUBSCRIPTION_MESSAGE_LOST: (
        'message_lost',
        rmw_message_lost_status_t,
    ),
}

_PUBLISHER_EVENTS = {
    rcl_publisher_event_type_t.RCL_PUBLISHER_OFFERED_DEADLINE_MISSED: (
        'deadline',
        rmw_offered_deadline_missed_status_t,
    ),
    rcl_publisher_event_type_t.RCL_PUBLISHER_LIVELINESS_LOST: (
        'liveliness_lost',
        rmw_liveliness_lost_status_t,
    ),
    rcl_publisher_event_type_t.RCL_PUBLISHER_OFFERED_INCOMPATIBLE_QOS: (
        'incompatible_qos',
        rmw_requested_qos_incompatible_event_status_t,
    ),
}


class QoSEvent(Destroyable):
    """One kind of event of a subscription or publisher.

    Raises TypeError for an event type that does not belong to the parent's kind.
    """

    def __init__(self, parent: Subscription | Publisher, event_type: CEnum) -> None:
        events = _SUBSCRIPTION_EVENTS if isinstance(parent, Subscription) else _PUBLISHER_EVENTS
        for known, (status, info) in events.items():
            if known is event_type:
                self.end = getattr(parent.end, status)
                self._info = info
                break
        else:
            raise TypeError(f'{event_type!r} is no event of a {type(parent).__name__}')
        super().__init__()
        self.pointer = id(self.end)

    def __enter__(self) -> None:
        """Do nothing, not even for a destroyed event.

        There is nothing to keep alive: the status belongs to the endpoint. And humble's executor
        enters an event that another thread may have destroyed since it looked; an InvalidHandle
        there would end its spin.
        """

    def __exit__(self, exc_type: object, exc: object, traceback: object) -> None:
        """Do nothing."""

    def take_event(self) -> object:
        """Return what happened since last taken."""
        counters = self.end.take()
        if 'last_policy_kind' in counters:
            counters['last_policy_kind'] = rmw_qos_policy_kind_t(counters['last_policy_kind'])
        return self._info(**counters)

# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""rclpy's QoS profile struct, the predefined profiles, and the compatibility question."""

from typing import Any

from embedded_ros.extension.enums import QoSCompatibility
from embedded_ros.extension.time_point import rcl_duration_t
from embedded_ros.graph.qos import Durability
from embedded_ros.graph.qos import History
from embedded_ros.graph.qos import INFINITE_NS
from embedded_ros.graph.qos import Liveliness
from embedded_ros.graph.qos import QoS
from embedded_ros.graph.qos import Reliability

RMW_DURATION_INFINITE = INFINITE_NS

_PREDEFINED = {  # rmw/qos_profiles.h
    'qos_profile_default': QoS(),
    'qos_profile_services_default': QoS(),
    'qos_profile_sensor_data': QoS(depth=5, reliability=Reliability.BEST_EFFORT),
    'qos_profile_parameters': QoS(depth=1_000),
    'qos_profile_parameter_events': QoS(depth=1_000),
    'qos_profile_system_default': QoS(
        History.SYSTEM_DEFAULT, 0, Reliability.SYSTEM_DEFAULT, Durability.SYSTEM_DEFAULT
    ),
    'qos_profile_unknown': QoS(
        History.UNKNOWN, 0, Reliability.UNKNOWN, Durability.UNKNOWN, liveliness=Liveliness.UNKNOWN
    ),
}

_ACTION_PROFILES = {  # rcl_action/default_qos.h
    'rcl_action_qos_profile_status_default': QoS(depth=1, durability=Durability.TRANSIENT_LOCAL),
}


class rmw_qos_profile_t:  # noqa: N801  rclpy's name
    """One set of QoS settings, in the order rclpy passes them."""

    def __init__(
        self,
        history: int,
        depth: int,
        reliability: int,
        durability: int,
        lifespan: rcl_duration_t,
        deadline: rcl_duration_t,
        liveliness: int,
        liveliness_lease_duration: rcl_duration_t,
        avoid_ros_namespace_conventions: bool,
    ) -> None:
        self.qos = QoS(
            History(history),
            depth,
            Reliability(reliability),
            Durability(durability),
            lifespan.nanoseconds,
            deadline.nanoseconds,
            Liveliness(liveliness),
            liveliness_lease_duration.nanoseconds,
            avoid_ros_namespace_conventions,
        )

    @classmethod
    def predefined(cls, name: str) -> 'rmw_qos_profile_t':
        """Return a profile of rmw by name. Raises ValueError for an unknown one."""
        if name not in _PREDEFINED:
            raise ValueError(f'Requested unknown rmw_qos_profile: {name}')
        profile = cls.__new__(cls)
        profile.qos = _PREDEFINED[name]
        return profile

    def to_dict(self) -> dict[str, Any]:
        """Return the settings as keyword arguments of rclpy.qos.QoSProfile."""
        return qos_to_dict(self.qos)


def qos_to_dict(qos: QoS) -> dict[str, Any]:
    """Return settings as keyword arguments of rclpy.qos.QoSProfile."""
    from rclpy.duration import Duration  # rclpy imports this module first

    return {
        'depth': qos.depth,
        'history': int(qos.history),
        'reliability': int(qos.reliability),
        'durability': int(qos.durability),
        'lifespan': Duration(nanoseconds=qos.lifespan_ns),
        'deadline': Duration(nanoseconds=qos.deadline_ns),
        'liveliness': int(qos.liveliness),
        'liveliness_lease_duration': Duration(nanoseconds=qos.lease_ns),
        'avoid_ros_namespace_conventions': qos.avoid_ros_namespace_conventions,
    }


def rclpy_action_get_rmw_qos_profile(name: str) -> dict[str, Any]:
    """Return an action's profile by rcl's name. Raises RuntimeError for an unknown one."""
    if name not in _ACTION_PROFILES:
        raise RuntimeError(f'Requested unknown rmw_qos_profile: {name}')
    return qos_to_dict(_ACTION_PROFILES[name])


class QoSCheckCompatibleResult:
    """Whether two profiles fit (`compatibility`), and every `reason` against it."""

    def __init__(self) -> None:
        self.compatibility = QoSCompatibility.OK
        self.reason = ''

    def add(self, severity: QoSCompatibility, reason: str) -> None:
        """Add a reason; the worst severity stands."""
        self.compatibility = max(self.compatibility, severity)
        self.reason += f'{severity.name}: {reason};'


def rclpy_qos_check_compatible(
    publisher: rmw_qos_profile_t,
    subscription: rmw_qos_profile_t,
) -> QoSCheckCompatibleResult:
    """Judge two profiles by the rules and in the order of rmw_dds_common's qos.cpp.

    An error keeps the pair apart; a warning says that it depends on the system's defaults.
    """
    result = QoSCheckCompatibleResult()
    offered, requested = publisher.qos, subscription.qos
    _check_order(result, 'reliability', offered.reliability, requested.reliability)
    _check_order(result, 'durability', offered.durability, requested.durability)
    _check_span(result, 'deadline', offered.deadline_ns, requested.deadline_ns)
    _check_liveliness(result, offered.liveliness, requested.liveliness)
    _check_span(result, 'liveliness lease duration', offered.lease_ns, requested.lease_ns)
    return result


def _words(policy: Any) -> str:
    return policy.name.lower().replace('_', ' ')


def _is_open(policy: Any) -> bool:
    return policy.name in ('SYSTEM_DEFAULT', 'UNKNOWN')


def _check_order(
    result: QoSCheckCompatibleResult,
    what: str,
    offered: Any,
    requested: Any,
) -> None:
    """Compare a policy whose value 1 asks for, or offers, more than value 2."""
    strong, weak = 1, 2
    if offered == weak and requested == strong:
        result.add(
            QoSCompatibility.ERROR,
            f'{_words(offered).capitalize()} publisher and {_words(requested)} subscription',
        )
    elif (
        (_is_open(offered) and requested == strong)
        or (offered == weak and _is_open(requested))
        or (_is_open(offered) and _is_open(requested))
    ):
        result.add(
            QoSCompatibility.WARNING,
            f'Publisher {what} is {_words(offered)} and subscription {what} is '
            f'{_words(requested)}',
        )


def _check_liveliness(
    result: QoSCheckCompatibleResult,
    offered: Liveliness,
    requested: Liveliness,
) -> None:
    if offered == Liveliness.AUTOMATIC and requested == Liveliness.MANUAL_BY_TOPIC:
        result.add(
            QoSCompatibility.ERROR,
            "Publisher's liveliness is automatic and subscription's is manual by topic",
        )
    elif (
        (_is_open(offered) and requested == Liveliness.MANUAL_BY_TOPIC)
        or (offered == Liveliness.AUTOMATIC and _is_open(requested))
        or (_is_open(offered) and _is_open(requested))
    ):
        result.add(
            QoSCompatibility.WARNING,
            f'Publisher liveliness is {_words(offered)} and subscription liveliness is '
            f'{_words(requested)}',
        )


def _check_span(
    result: QoSCheckCompatibleResult,
    what: str,
    offered_ns: int,
    requested_ns: int,
) -> None:
    """Compare durations in nanoseconds; 0 means that none was set."""
    if requested_ns in (0, INFINITE_NS):
        return
    if offered_ns in (0, INFINITE_NS):
        result.add(QoSCompatibility.ERROR, f'Subscription has a {what}, but publisher does not')
    elif requested_ns < offered_ns:
        result.add(QoSCompatibility.ERROR, f'Subscription {what} is less than publisher {what}')

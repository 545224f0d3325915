# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""Quality of service: the settings of an endpoint and the rules by which two of them connect."""

from enum import IntEnum
from typing import NamedTuple

INFINITE_NS = 2**63 - 1  # rmw/time.h RMW_DURATION_INFINITE
UNSPECIFIED_NS = 0  # rmw/time.h RMW_DURATION_UNSPECIFIED: the transport decides

KEEP_ALL_LIMIT = 5_000
"""Samples that KEEP_ALL may hold (Fast DDS: ResourceLimitsQosPolicy.max_samples)."""


class History(IntEnum):
    """rmw/types.h rmw_qos_history_policy_t."""

    SYSTEM_DEFAULT = 0
    KEEP_LAST = 1
    KEEP_ALL = 2
    UNKNOWN = 3


class Reliability(IntEnum):
    """rmw/types.h rmw_qos_reliability_policy_t."""

    SYSTEM_DEFAULT = 0
    RELIABLE = 1
    BEST_EFFORT = 2
    UNKNOWN = 3


class Durability(IntEnum):
    """rmw/types.h rmw_qos_durability_policy_t."""

    SYSTEM_DEFAULT = 0
    TRANSIENT_LOCAL = 1
    VOLATILE = 2
    UNKNOWN = 3


class Liveliness(IntEnum):
    """rmw/types.h rmw_qos_liveliness_policy_t."""

    SYSTEM_DEFAULT = 0
    AUTOMATIC = 1
    MANUAL_BY_TOPIC = 3
    UNKNOWN = 4


class PolicyKind(IntEnum):
    """rmw/qos_policy_kind.h rmw_qos_policy_kind_t: which policy kept two endpoints apart."""

    INVALID = 1 << 0
    DURABILITY = 1 << 1
    DEADLINE = 1 << 2
    LIVELINESS = 1 << 3
    RELIABILITY = 1 << 4


class QoS(NamedTuple):
    """One endpoint's settings; durations in nanoseconds."""

    history: History = History.KEEP_LAST
    depth: int = 10
    reliability: Reliability = Reliability.RELIABLE
    durability: Durability = Durability.VOLATILE
    lifespan_ns: int = UNSPECIFIED_NS
    deadline_ns: int = UNSPECIFIED_NS
    liveliness: Liveliness = Liveliness.SYSTEM_DEFAULT
    lease_ns: int = UNSPECIFIED_NS
    avoid_ros_namespace_conventions: bool = False

    @property
    def queue_length(self) -> int:
        """Samples an endpoint keeps at most."""
        return KEEP_ALL_LIMIT if self.history == History.KEEP_ALL else max(self.depth, 1)

    def resolved(self, *, writes: bool) -> 'QoS':
        """Replace what was left to the system by this bus's choice (DDS's defaults)."""
        reliability = self.reliability
        if reliability == Reliability.SYSTEM_DEFAULT:
            reliability = Reliability.RELIABLE if writes else Reliability.BEST_EFFORT
        return self._replace(
            history=_default(self.history, History.KEEP_LAST),
            reliability=reliability,
            durability=_default(self.durability, Durability.VOLATILE),
            lifespan_ns=self.lifespan_ns or INFINITE_NS,
            deadline_ns=self.deadline_ns or INFINITE_NS,
            liveliness=_default(self.liveliness, Liveliness.AUTOMATIC),
            lease_ns=self.lease_ns or INFINITE_NS,
        )


def _default(policy: IntEnum, choice: IntEnum) -> IntEnum:
    return choice if policy == 0 else policy


def incompatible_policy(offered: QoS, requested: QoS) -> PolicyKind | None:
    """Return the policy for which a writer offers less than a reader asks, None where all fit.

    Both must be resolved. The rules are DDS's request-versus-offered ones.
    """
    if (
        requested.reliability == Reliability.RELIABLE
        and offered.reliability == Reliability.BEST_EFFORT
    ):
        return PolicyKind.RELIABILITY
    if (
        requested.durability == Durability.TRANSIENT_LOCAL
        and offered.durability == Durability.VOLATILE
    ):
        return PolicyKind.DURABILITY
    if offered.deadline_ns > requested.deadline_ns:
        return PolicyKind.DEADLINE
    if offered.liveliness < requested.liveliness or offered.lease_ns > requested.lease_ns:
        return PolicyKind.LIVELINESS
    return None

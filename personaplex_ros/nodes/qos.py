# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""The QoS of every topic of this package, in one place.

Each call makes a profile of its own: rclpy writes a topic's qos_overrides into the profile that
it was given, and one for all would carry them to every other topic of the process.
"""

from rclpy.qos import DurabilityPolicy
from rclpy.qos import QoSProfile
from rclpy.qos import ReliabilityPolicy


def audio_publish() -> QoSProfile:
    """RELIABLE matches every subscriber; 50 chunks are one second."""
    return QoSProfile(depth=50, reliability=ReliabilityPolicy.RELIABLE)


def audio_subscribe() -> QoSProfile:
    """BEST_EFFORT matches every publisher; half a second, then the oldest goes."""
    return QoSProfile(depth=25, reliability=ReliabilityPolicy.BEST_EFFORT)


def events() -> QoSProfile:
    """Tokens, words and events: none may be missing."""
    return QoSProfile(depth=100, reliability=ReliabilityPolicy.RELIABLE)


def latched() -> QoSProfile:
    """The present value, also for who comes late."""
    return QoSProfile(
        depth=1,
        reliability=ReliabilityPolicy.RELIABLE,
        durability=DurabilityPolicy.TRANSIENT_LOCAL,
    )

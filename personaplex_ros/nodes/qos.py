# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""The QoS of every topic of this package, in one place."""

from rclpy.qos import DurabilityPolicy
from rclpy.qos import QoSProfile
from rclpy.qos import ReliabilityPolicy

AUDIO_PUBLISH = QoSProfile(depth=50, reliability=ReliabilityPolicy.RELIABLE)
"""RELIABLE matches every subscriber; 50 chunks are one second."""

AUDIO_SUBSCRIBE = QoSProfile(depth=25, reliability=ReliabilityPolicy.BEST_EFFORT)
"""BEST_EFFORT matches every publisher; half a second, then the oldest goes."""

EVENTS = QoSProfile(depth=100, reliability=ReliabilityPolicy.RELIABLE)
"""Tokens, words and events: none may be missing."""

LATCHED = QoSProfile(
    depth=1,
    reliability=ReliabilityPolicy.RELIABLE,
    durability=DurabilityPolicy.TRANSIENT_LOCAL,
)
"""The present value, also for who comes late."""

# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""Enumerations of rclpy's compiled module that belong to no single class."""

import enum


class CEnum(enum.IntEnum):
    """An enumeration that prints like one of C's: by its name, on every Python version."""

    __str__ = enum.Enum.__str__

    def __format__(self, spec: str) -> str:
        """Format the name, as str() does."""
        return format(str(self), spec)


class ClockType(CEnum):
    """rcl/time.h rcl_clock_type_t."""

    UNINITIALIZED = 0
    ROS_TIME = 1
    SYSTEM_TIME = 2
    STEADY_TIME = 3


class ClockChange(CEnum):
    """rcl/time.h rcl_clock_change_t."""

    ROS_TIME_NO_CHANGE = 1
    ROS_TIME_ACTIVATED = 2
    ROS_TIME_DEACTIVATED = 3
    SYSTEM_TIME_NO_CHANGE = 4


class QoSCompatibility(CEnum):
    """rmw/qos_profiles.h rmw_qos_compatibility_type_t."""

    OK = 0
    WARNING = 1
    ERROR = 2


class SignalHandlerOptions(CEnum):
    """Which signal handlers rclpy installs."""

    NO = 0
    SIGINT = 1
    SIGTERM = 2
    ALL = 3

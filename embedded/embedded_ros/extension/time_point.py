# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""Points and spans of time as the core passes them around."""

from dataclasses import dataclass

from embedded_ros.extension.enums import ClockType

_INT64_MIN, _INT64_MAX = -(2**63), 2**63 - 1


def _check_int64(nanoseconds: int) -> None:
    if not isinstance(nanoseconds, int) or not _INT64_MIN <= nanoseconds <= _INT64_MAX:
        raise TypeError(f'nanoseconds must be an int of 64 bits, got {nanoseconds!r}')


@dataclass(frozen=True)
class rcl_duration_t:  # noqa: N801  rclpy's name
    """A span of time in nanoseconds. Raises TypeError beyond 64 bits."""

    nanoseconds: int

    def __post_init__(self) -> None:
        _check_int64(self.nanoseconds)


@dataclass(frozen=True)
class rcl_time_point_t:  # noqa: N801  rclpy's name
    """A point in time in nanoseconds on a kind of clock. Raises TypeError beyond 64 bits."""

    nanoseconds: int
    clock_type: ClockType

    def __post_init__(self) -> None:
        _check_int64(self.nanoseconds)

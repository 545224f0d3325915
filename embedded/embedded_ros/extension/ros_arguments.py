# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""Command lines: rcl's grammar, with the exceptions rclpy raises for it."""

from collections.abc import Sequence

from embedded_ros.extension.exceptions import RCLError
from embedded_ros.extension.exceptions import RCLInvalidROSArgsError
from embedded_ros.extension.exceptions import UnknownROSArgsError
from embedded_ros.rcl.arguments import Arguments
from embedded_ros.rcl.arguments import parse_arguments
from embedded_ros.rcl.errors import InvalidRosArguments


def parse_ros_arguments(
    args: Sequence[str],
    *,
    during: str,
    invalid: type[RCLError] = RCLError,
) -> Arguments:
    """Parse a command line. Raises `invalid`, or UnknownROSArgsError for unknown ROS words."""
    ''.join(args).encode()  # UnicodeEncodeError or TypeError, as from C strings
    try:
        arguments = parse_arguments(args)
    except InvalidRosArguments as error:
        raise invalid(f'{during}: {error}') from None
    if arguments.unparsed_ros:
        raise UnknownROSArgsError(repr(arguments.unparsed_ros))
    return arguments


def rclpy_remove_ros_args(args: Sequence[str] | None) -> list[str]:
    """Return the words that are not for ROS, in order."""
    arguments = parse_ros_arguments(
        args or [], during='Failed to parse ROS arguments', invalid=RCLInvalidROSArgsError
    )
    return arguments.unparsed

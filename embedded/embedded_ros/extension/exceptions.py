# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""The exceptions of rclpy's compiled module."""


class RCUtilsError(RuntimeError):
    """A failure in a helper of the core."""


class RMWError(RuntimeError):
    """A failure in the middleware."""


class RCLError(RuntimeError):
    """A failure in the client library's core."""


class RCLInvalidROSArgsError(RCLError):
    """A ROS argument on the command line cannot be used as given."""


class UnknownROSArgsError(RuntimeError):
    """A word between --ros-args and -- is no ROS argument."""


class NodeNameNonExistentError(RCLError):
    """A graph query named a node that is not there."""


class UnsupportedEventTypeError(RCLError):
    """The middleware does not report this kind of event."""


class NotImplementedError(NotImplementedError):
    """The middleware cannot do this."""


class InvalidHandle(RuntimeError):
    """The object behind a handle was destroyed, or is about to be."""

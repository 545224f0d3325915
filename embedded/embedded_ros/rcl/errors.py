# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""What the rules of rcl can refuse; the extension turns these into rclpy's exceptions."""


class RclRuleError(Exception):
    """A name, argument, parameter file or transition breaks a rule of rcl."""


class InvalidTopicName(RclRuleError):
    """A topic or service name is malformed."""


class InvalidNodeName(RclRuleError):
    """A node name is malformed."""


class InvalidNamespace(RclRuleError):
    """A namespace is malformed."""


class UnknownSubstitution(RclRuleError):
    """A topic name holds braces around a word other than node, ns or namespace."""


class InvalidRosArguments(RclRuleError):
    """A ROS argument is known, but what follows it cannot be used."""


class InvalidParameterYaml(RclRuleError):
    """A parameter file or value cannot be read by the rules of rcl_yaml_param_parser."""


class InvalidGoalTransition(RclRuleError):
    """A goal's state does not allow the event."""


class InvalidLifecycleTransition(RclRuleError):
    """A lifecycle state has no such transition."""

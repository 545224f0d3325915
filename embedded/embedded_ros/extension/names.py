# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""Checking, expanding and remapping names, with rclpy's signatures and exceptions."""

from embedded_ros.extension.exceptions import RCLError
from embedded_ros.extension.node import Node
from embedded_ros.rcl import names
from embedded_ros.rcl.errors import InvalidNamespace
from embedded_ros.rcl.errors import InvalidNodeName
from embedded_ros.rcl.errors import RclRuleError
from embedded_ros.rcl.remap import remap_name
from embedded_ros.rcl.remap import RemapKind


def rclpy_get_validation_error_for_topic_name(name: str) -> names.ValidationError:
    """Return (message, index) for a malformed topic name, None for a good one."""
    return names.validate_topic_name(_checked(name))


def rclpy_get_validation_error_for_full_topic_name(name: str) -> names.ValidationError:
    """Return (message, index) for a malformed fully qualified topic name, None for a good one."""
    return names.validate_full_topic_name(_checked(name))


def rclpy_get_validation_error_for_namespace(namespace: str) -> names.ValidationError:
    """Return (message, index) for a malformed namespace, None for a good one."""
    return names.validate_namespace(_checked(namespace))


def rclpy_get_validation_error_for_node_name(name: str) -> names.ValidationError:
    """Return (message, index) for a malformed node name, None for a good one."""
    return names.validate_node_name(_checked(name))


def rclpy_expand_topic_name(topic: str, node_name: str, node_namespace: str) -> str:
    """Make a topic name absolute. Raises ValueError that says which name is malformed."""
    try:
        return names.expand_topic_name(
            _checked(topic), _checked(node_name), _checked(node_namespace)
        )
    except InvalidNodeName as error:
        raise ValueError(f"node name '{node_name}' is invalid: {error}") from None
    except InvalidNamespace as error:
        raise ValueError(f"node namespace '{node_namespace}' is invalid: {error}") from None
    except RclRuleError as error:
        raise ValueError(f"topic name '{topic}' is invalid: {error}") from None


def rclpy_remap_topic_name(node: Node, topic: str) -> str:
    """Apply the node's remap rules to a fully qualified topic name."""
    try:
        return _remapped(node, _checked(topic), RemapKind.TOPIC)
    except RclRuleError as error:
        raise RCLError(f'failed to remap topic name: {error}') from None


def rclpy_resolve_name(node: Node, name: str, only_expand: bool, is_service: bool) -> str:
    """Expand and, unless only_expand, remap a topic or service name.

    Raises RCLError for a malformed name; rclpy finds out the reason by validating it again.
    """
    try:
        return resolve_name(node, _checked(name), is_service=is_service, only_expand=only_expand)
    except RclRuleError as error:
        raise RCLError(f'failed to resolve name: {error}') from None


def resolve_name(node: Node, name: str, *, is_service: bool, only_expand: bool = False) -> str:
    """Return the fully qualified name. Raises RclRuleError where it or a part is malformed."""
    resolved = names.expand_topic_name(name, node.name, node.namespace)
    if not only_expand:
        resolved = _remapped(node, resolved, RemapKind.SERVICE if is_service else RemapKind.TOPIC)
    error = names.validate_full_topic_name(resolved)
    if error:
        raise RclRuleError(error[0])
    return resolved


def _remapped(node: Node, name: str, kind: RemapKind) -> str:
    return remap_name(node.remap_rule_sets, kind, name, node.name, node.namespace) or name


def _checked(name: str) -> str:
    if not isinstance(name, str):
        raise TypeError(f'a name must be a str, got {name!r}')
    return name

# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""Validation and expansion of topic, service and node names, as rcl and rmw do it.

Each validator returns None for a valid name, else (message, index of the offending character).
Messages and the order of the checks follow rmw/validate_*.c and rcl/validate_topic_name.c.
"""

from __future__ import annotations

import re

from embedded_ros.rcl.errors import InvalidNamespace
from embedded_ros.rcl.errors import InvalidNodeName
from embedded_ros.rcl.errors import InvalidTopicName
from embedded_ros.rcl.errors import UnknownSubstitution

TOPIC_MAX_LENGTH = 255 - 8  # rmw/validate_full_topic_name.h: 8 are kept for prefixes
NAMESPACE_MAX_LENGTH = TOPIC_MAX_LENGTH - 2  # rmw/validate_namespace.h
NODE_NAME_MAX_LENGTH = 255  # rmw/validate_node_name.h

_NOT_IN_FULL_NAME = re.compile(r'[^A-Za-z0-9_/]')
_NOT_IN_NODE_NAME = re.compile(r'[^A-Za-z0-9_]')
_BAD_TOKEN_START = re.compile(r'/[/0-9]')
_NUMBERED_TOKEN = re.compile(r'/[0-9]')
_SUBSTITUTION = re.compile(r'\{([^}]*)\}')

ValidationError = tuple[str, int] | None


def validate_full_topic_name(name: str) -> ValidationError:
    """Check a fully qualified topic or service name."""
    return _validate_absolute(name, 'topic name', "topic name must not end with a '/'") or (
        (f"topic length should not exceed '{TOPIC_MAX_LENGTH}'", TOPIC_MAX_LENGTH - 1)
        if len(name) > TOPIC_MAX_LENGTH
        else None
    )


def validate_namespace(namespace: str) -> ValidationError:
    """Check a node's namespace; the root is '/'."""
    if namespace == '/':
        return None
    ends_with_slash = "namespace must not end with a '/', unless only a '/'"
    return _validate_absolute(namespace, 'namespace', ends_with_slash) or (
        (f"namespace should not exceed '{NAMESPACE_MAX_LENGTH}'", NAMESPACE_MAX_LENGTH - 1)
        if len(namespace) > NAMESPACE_MAX_LENGTH
        else None
    )


def _validate_absolute(name: str, what: str, ends_with_slash: str) -> ValidationError:
    if not name:
        return f'{what} must not be empty', 0
    if name[0] != '/':
        return f"{what} must be absolute, it must lead with a '/'", 0
    if name[-1] == '/':
        return ends_with_slash, len(name) - 1
    found = _NOT_IN_FULL_NAME.search(name)
    if found:
        return (
            f"{what} must not contain characters other than alphanumerics, '_', or '/'",
            found.start(),
        )
    found = _BAD_TOKEN_START.search(name)
    if not found:
        return None
    if found.group() == '//':
        return f"{what} must not contain repeated '/'", found.start() + 1
    return f'{what} must not have a token that starts with a number', found.start() + 1


def validate_node_name(name: str) -> ValidationError:
    """Check a node's base name."""
    if not name:
        return 'node name must not be empty', 0
    found = _NOT_IN_NODE_NAME.search(name)
    if found:
        return (
            "node name must not contain characters other than alphanumerics or '_'",
            found.start(),
        )
    if name[0] in '0123456789':
        return 'node name must not start with a number', 0
    if len(name) > NODE_NAME_MAX_LENGTH:
        return (
            f"node name length should not exceed '{NODE_NAME_MAX_LENGTH}'",
            NODE_NAME_MAX_LENGTH - 1,
        )
    return None


def validate_topic_name(name: str) -> ValidationError:
    """Check a topic or service name as a user writes it: relative, private, with substitutions."""
    if not name:
        return 'topic name must not be empty string', 0
    if name[0] in '0123456789':
        return 'topic name token must not start with a number', 0
    if name[-1] == '/':
        return 'topic name must not end with a forward slash', len(name) - 1
    error = _validate_topic_characters(name)
    if error:
        return error
    if len(name) > 2 and name[0] == '~' and name[1] != '/':
        return (
            "topic name must not have a tilde '~' that is not followed by a forward slash '/'",
            1,
        )
    found = _NUMBERED_TOKEN.search(name)
    if found:
        return 'topic name token must not start with a number', found.start() + 1
    return None


def _validate_topic_characters(name: str) -> ValidationError:
    opening = None
    for index, char in enumerate(name):
        if char == '{' and opening is None:
            opening = index
        elif char == '}' and opening is not None:
            opening = None
        elif char == '}':
            return "topic name must not have unmatched (unbalanced) curly braces '{}'", index
        elif char == '~' and index != 0:
            return "topic name must not have tilde '~' unless it is the first character", index
        elif opening is not None and char in '0123456789' and index == opening + 1:
            return 'substitution name must not start with a number', index
        elif opening is not None and _NOT_IN_NODE_NAME.match(char):
            return (
                "substitution name must not contain characters other than alphanumerics or '_'",
                index,
            )
        elif char not in '~/' and _NOT_IN_NODE_NAME.match(char):
            return (
                "topic name must not contain characters other than alphanumerics, '_', '~', "
                "'{', or '}'",
                index,
            )
    if opening is not None:
        return "topic name must not have unmatched (unbalanced) curly braces '{}'", opening
    return None


def expand_topic_name(name: str, node_name: str, namespace: str) -> str:
    """Make a name absolute: '~' and relative names by the node, {node}, {ns}, {namespace}.

    Raises InvalidTopicName, InvalidNodeName, InvalidNamespace or UnknownSubstitution. The result
    itself is not validated, as in rcl_expand_topic_name.
    """
    if validate_topic_name(name):
        raise InvalidTopicName('topic name is invalid')
    if validate_node_name(node_name):
        raise InvalidNodeName('node name is invalid')
    if validate_namespace(namespace):
        raise InvalidNamespace('node namespace is invalid')
    if name[0] == '~':
        name = join(namespace, node_name) + name[1:]
    values = {'node': node_name, 'ns': namespace, 'namespace': namespace}

    def replace(match: re.Match[str]) -> str:
        if match.group(1) not in values:
            raise UnknownSubstitution(f'unknown substitution: {match.group()}')
        return values[match.group(1)]

    name = _SUBSTITUTION.sub(replace, name)
    return name if name[0] == '/' else join(namespace, name)


def join(namespace: str, name: str) -> str:
    """Put a relative name below a namespace; the root namespace adds no second slash."""
    return f'{namespace}{name}' if namespace.endswith('/') else f'{namespace}/{name}'

# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""Remap rules: their grammar, and which one applies to a name (rcl/remap.c)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
import enum

from embedded_ros.rcl.errors import InvalidRosArguments
from embedded_ros.rcl.errors import RclRuleError
from embedded_ros.rcl.lexer import Lexer
from embedded_ros.rcl.names import expand_topic_name


class RemapKind(enum.Flag):
    """What a rule renames."""

    TOPIC = enum.auto()
    SERVICE = enum.auto()
    NODE_NAME = enum.auto()
    NAMESPACE = enum.auto()


@dataclass(frozen=True)
class RemapRule:
    """One rule, as given on a command line."""

    kind: RemapKind
    replacement: str
    match: str = ''
    """Name to be replaced; may be relative or private. Empty for node name and namespace."""
    node_name: str | None = None
    """The only node the rule is for; None for all."""


def parse_remap_rule(text: str) -> RemapRule:
    """Read `[node:][rostopic://|rosservice://]from:=to`, `[node:]__node:=name`, `__ns:=/ns`.

    Raises InvalidRosArguments.
    """
    lexer = Lexer(text)
    node_name = parse_node_prefix(lexer)
    if lexer.accept('node'):
        rule = _node_name_rule(lexer, node_name)
    elif lexer.accept('ns'):
        rule = _namespace_rule(lexer, node_name)
    else:
        rule = _name_rule(lexer, node_name)
    lexer.expect_end()
    return rule


def parse_node_prefix(lexer: Lexer) -> str | None:
    """Read `node_name:` where the text begins with it."""
    if (lexer.peek(), lexer.peek(1)) != ('token', 'colon'):
        return None
    name = lexer.expect('token')
    lexer.expect('colon')
    return name


def _node_name_rule(lexer: Lexer, node_name: str | None) -> RemapRule:
    lexer.expect('separator')
    return RemapRule(RemapKind.NODE_NAME, lexer.expect('token'), node_name=node_name)


def _namespace_rule(lexer: Lexer, node_name: str | None) -> RemapRule:
    lexer.expect('separator')
    start = lexer.position
    lexer.expect('slash')
    while lexer.accept('token') and lexer.accept('slash'):
        pass
    replacement = lexer.text[start : lexer.position]
    return RemapRule(RemapKind.NAMESPACE, replacement, node_name=node_name)


def _name_rule(lexer: Lexer, node_name: str | None) -> RemapRule:
    kind = RemapKind.TOPIC | RemapKind.SERVICE
    if lexer.accept('url_topic'):
        kind = RemapKind.TOPIC
    elif lexer.accept('url_service'):
        kind = RemapKind.SERVICE
    match = _resource_name(lexer)
    lexer.expect('separator')
    return RemapRule(kind, _resource_name(lexer), match, node_name)


def _resource_name(lexer: Lexer) -> str:
    """Read [~/ or /] token (/ token)*."""
    start = lexer.position
    lexer.accept('tilde_slash', 'slash')
    while True:
        if lexer.peek() in ('wildcard', 'backreference'):
            raise InvalidRosArguments(
                f"wildcards and backreferences are not implemented (in '{lexer.text}')"
            )
        lexer.expect('token')
        if not lexer.accept('slash'):
            return lexer.text[start : lexer.position]


def remap_name(
    rule_sets: Iterable[Iterable[RemapRule]],
    kind: RemapKind,
    name: str,
    node_name: str,
    namespace: str,
) -> str | None:
    """Replace a fully qualified topic or service name by the first rule that matches.

    rule_sets: the node's own rules, then the process's; the first set that matches wins.
    Returns None where no rule applies. Raises RclRuleError where the replacement is malformed.
    """
    for rule in _applicable(rule_sets, kind, node_name):
        if _expand_or_none(rule.match, node_name, namespace) == name:
            return expand_topic_name(rule.replacement, node_name, namespace)
    return None


def remap_node(
    rule_sets: Iterable[Iterable[RemapRule]],
    kind: RemapKind,
    node_name: str,
) -> str | None:
    """Return the new node name or namespace (by kind) of a node, None where it keeps its own."""
    for rule in _applicable(rule_sets, kind, node_name):
        return rule.replacement
    return None


def _applicable(
    rule_sets: Iterable[Iterable[RemapRule]],
    kind: RemapKind,
    node_name: str,
) -> Iterable[RemapRule]:
    for rules in rule_sets:
        for rule in rules:
            if rule.kind & kind and rule.node_name in (None, node_name):
                yield rule


def _expand_or_none(name: str, node_name: str, namespace: str) -> str | None:
    try:
        return expand_topic_name(name, node_name, namespace)
    except RclRuleError:
        return None

# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""The command line grammar of ROS 2: everything between --ros-args and -- (rcl/arguments.c)."""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Sequence
from dataclasses import dataclass
from dataclasses import field
import re

from embedded_ros.rcl.errors import InvalidParameterYaml
from embedded_ros.rcl.errors import InvalidRosArguments
from embedded_ros.rcl.lexer import Lexer
from embedded_ros.rcl.param_yaml import Overrides
from embedded_ros.rcl.param_yaml import ParameterValue
from embedded_ros.rcl.param_yaml import read_parameter_file
from embedded_ros.rcl.param_yaml import read_parameter_value
from embedded_ros.rcl.remap import parse_node_prefix
from embedded_ros.rcl.remap import parse_remap_rule
from embedded_ros.rcl.remap import RemapRule
from embedded_ros.rcl.severity import Severity
from embedded_ros.rcl.severity import severity_from_string

ROS_ARGS = '--ros-args'
END_OF_ROS_ARGS = '--'
ALL_NODES = '/**'


@dataclass
class Arguments:
    """What a command line said; also the state of one parse."""

    remap_rules: list[RemapRule] = field(default_factory=list)
    parameter_overrides: Overrides = field(default_factory=dict)
    parameter_files: list[str] = field(default_factory=list)
    default_log_level: Severity = Severity.UNSET
    logger_levels: dict[str, Severity] = field(default_factory=dict)
    log_config_file: str | None = None
    enclave: str | None = None
    stdout_logs: bool = True
    rosout_logs: bool = True
    external_lib_logs: bool = True
    unparsed: list[str] = field(default_factory=list)
    """Arguments that are not for ROS, in order."""
    unparsed_ros: list[str] = field(default_factory=list)
    """Words between --ros-args and -- that ROS does not know."""
    deprecated_rules: list[str] = field(default_factory=list)
    """Remap rules given outside --ros-args; they hold, and deserve a warning."""


def parse_arguments(argv: Sequence[str]) -> Arguments:
    """Read a command line. Raises InvalidRosArguments for a flag that cannot be used as given."""
    result = Arguments()
    words = iter(argv)
    in_ros_args = False
    for word in words:
        if word == ROS_ARGS:
            in_ros_args = True
        elif not in_ros_args:
            _take_plain_word(result, word)
        elif word == END_OF_ROS_ARGS:
            in_ros_args = False
        elif word in _FLAGS_WITH_VALUE:
            what, take = _FLAGS_WITH_VALUE[word]
            _take_value(result, word, what, take, next(words, None))
        elif word in _SWITCHES:
            setattr(result, *_SWITCHES[word])
        else:
            result.unparsed_ros.append(word)
    return result


def overrides_for_node(
    process: Arguments | None,
    node: Arguments,
    fully_qualified_name: str,
) -> dict[str, ParameterValue]:
    """Return a node's parameter overrides from the process's arguments and its own.

    process: None for a node that ignores them. The node's own win; within one command line the
    node name that was mentioned first is applied first, as in rclpy.
    """
    found: dict[str, ParameterValue] = {}
    for arguments in filter(None, (process, node)):
        for pattern, parameters in arguments.parameter_overrides.items():
            if _node_matches(pattern, fully_qualified_name):
                found.update(parameters)
    return found


def _node_matches(pattern: str, fully_qualified_name: str) -> bool:
    """Match '/*' to one token and '/**' to any number, none included (rclpy's node.cpp)."""
    pattern = pattern if pattern.startswith('/') else f'/{pattern}'
    regex = re.escape(pattern).replace(r'/\*', r'(/\w+)').replace(r'\*', '*')
    return re.fullmatch(regex, fully_qualified_name, re.ASCII) is not None


def _take_plain_word(result: Arguments, word: str) -> None:
    try:
        result.remap_rules.append(parse_remap_rule(word))
    except InvalidRosArguments:
        result.unparsed.append(word)
    else:
        result.deprecated_rules.append(word)


def _take_value(
    result: Arguments,
    flag: str,
    what: str,
    take: Callable[[Arguments, str], None],
    value: str | None,
) -> None:
    if value is None:
        raise InvalidRosArguments(f"Couldn't parse trailing {flag} flag. No {what} found.")
    try:
        take(result, value)
    except (InvalidRosArguments, InvalidParameterYaml, ValueError) as error:
        raise InvalidRosArguments(
            f"Couldn't parse {what}: '{flag} {value}'. Error: {error}"
        ) from None


def _take_remap_rule(result: Arguments, value: str) -> None:
    result.remap_rules.append(parse_remap_rule(value))


def _take_parameter(result: Arguments, value: str) -> None:
    lexer = Lexer(value)
    node_name = parse_node_prefix(lexer) or ALL_NODES
    start = lexer.position
    lexer.expect('token', 'slash')
    while lexer.accept('token', 'slash') or (
        lexer.accept('dot') and lexer.expect('token', 'slash')
    ):
        pass
    name = value[start : lexer.position]
    lexer.expect('separator')
    read_parameter_value(node_name, name, lexer.rest, result.parameter_overrides)


def _take_parameter_file(result: Arguments, value: str) -> None:
    read_parameter_file(value, result.parameter_overrides)
    result.parameter_files.append(value)


def _take_log_level(result: Arguments, value: str) -> None:
    logger, separator, level = value.partition(':=')
    if not separator:
        result.default_log_level = severity_from_string(value)
    elif not logger:
        raise InvalidRosArguments('the logger name is empty')
    else:
        result.logger_levels[logger] = severity_from_string(level)


def _take_log_config_file(result: Arguments, value: str) -> None:
    result.log_config_file = value


def _take_enclave(result: Arguments, value: str) -> None:
    result.enclave = value


_FLAGS_WITH_VALUE: dict[str, tuple[str, Callable[[Arguments, str], None]]] = {
    '-r': ('remap rule', _take_remap_rule),
    '--remap': ('remap rule', _take_remap_rule),
    '-p': ('parameter override rule', _take_parameter),
    '--param': ('parameter override rule', _take_parameter),
    '--params-file': ('params file', _take_parameter_file),
    '--log-level': ('log level', _take_log_level),
    '--log-config-file': ('log configuration file', _take_log_config_file),
    '-e': ('enclave name', _take_enclave),
    '--enclave': ('enclave name', _take_enclave),
}

_SWITCHES: dict[str, tuple[str, bool]] = {
    f'--{verb}-{logs}-logs': (f'{logs.replace("-", "_")}_logs', verb == 'enable')
    for verb in ('enable', 'disable')
    for logs in ('stdout', 'rosout', 'external-lib')
}

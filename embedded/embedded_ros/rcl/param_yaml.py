# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""Reads parameter files and values into {node name pattern: {parameter: value}}.

The structure rules and messages are those of rcl_yaml_param_parser/parse.c. PyYAML finds the
nodes; their types are ours (yaml_scalar.py). One difference is meant: where a later file gives a
parameter another type, the later value holds (rcl keeps both and picks by type).
"""

from __future__ import annotations

from pathlib import Path

import yaml

from embedded_ros.rcl.errors import InvalidParameterYaml
from embedded_ros.rcl.names import validate_namespace
from embedded_ros.rcl.names import validate_node_name
from embedded_ros.rcl.yaml_scalar import Scalar
from embedded_ros.rcl.yaml_scalar import typed_scalar

PARAMETERS_KEY = 'ros__parameters'
WILDCARDS = ('*', '**')

ParameterValue = Scalar | list[Scalar] | None
"""None stands for an empty sequence, which has no type."""
Overrides = dict[str, dict[str, ParameterValue]]


class _Loader(yaml.SafeLoader):
    """Composes nodes as they are written: no aliases, no tags resolved, duplicate keys kept."""

    def compose_node(self, parent: yaml.Node | None, index: object) -> yaml.Node:
        if self.check_event(yaml.AliasEvent):
            line = self.peek_event().start_mark.line + 1
            raise InvalidParameterYaml(f'Will not support aliasing at line {line}')
        return super().compose_node(parent, index)


def read_parameter_file(path: str, overrides: Overrides) -> None:
    """Add a parameter file's contents; what it sets replaces what is there.

    Raises InvalidParameterYaml with the line of the mistake.
    """
    try:
        text = Path(path).read_text(encoding='utf-8')
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidParameterYaml(f"Error opening YAML file '{path}': {error}") from None
    root = _compose(text)
    if root is None:
        return
    if not isinstance(root, yaml.MappingNode):
        raise InvalidParameterYaml(f'Expected node names at line {_line(root)}')
    _read_node_names(root, '', overrides)


def read_parameter_value(node_name: str, parameter: str, text: str, overrides: Overrides) -> None:
    """Add one parameter given as YAML text (what follows `:=`). Raises InvalidParameterYaml."""
    node = _compose(text)
    if node is None:
        raise InvalidParameterYaml(f"No value for parameter '{parameter}'")
    overrides.setdefault(node_name, {})[parameter] = _read_value(node)


def _compose(text: str) -> yaml.Node | None:
    try:
        loader = _Loader(text)
        try:
            return loader.get_single_node()
        finally:
            loader.dispose()
    except yaml.YAMLError as error:
        mark = getattr(error, 'problem_mark', None)
        where = f' near line {mark.line + 1}' if mark else ''
        raise InvalidParameterYaml(f'Error parsing YAML{where}: {error}') from None


def _line(node: yaml.Node) -> int:
    return node.start_mark.line + 1


def _key(node: yaml.Node) -> str:
    if not isinstance(node, yaml.ScalarNode):
        raise InvalidParameterYaml(f'Only scalars can be keys, at line {_line(node)}')
    if not node.value:
        raise InvalidParameterYaml(f'No key at line {_line(node)}')
    return node.value


def _read_node_names(mapping: yaml.MappingNode, prefix: str, overrides: Overrides) -> None:
    for key_node, value in mapping.value:
        key = _key(key_node)
        is_parameters = key.startswith(PARAMETERS_KEY)
        if is_parameters and not prefix:
            raise InvalidParameterYaml(
                f'There are no node names before {PARAMETERS_KEY} at line {_line(key_node)}'
            )
        if is_parameters:
            _check_node_name(prefix, _line(key_node))
        if not isinstance(value, yaml.MappingNode):
            raise InvalidParameterYaml(
                f'Cannot have a value before {PARAMETERS_KEY} at line {_line(value)}'
            )
        if is_parameters:
            _read_parameters(value, '', overrides.setdefault(prefix, {}))
        elif not prefix or prefix.endswith('/'):
            _read_node_names(value, prefix + key, overrides)
        else:
            _read_node_names(value, f'{prefix}/{key}', overrides)


def _check_node_name(name: str, line: int) -> None:
    namespace, _, node_name = name.rpartition('/')
    parts = namespace.removeprefix('/').split('/') if namespace else []
    for part in parts:
        if not part:
            raise InvalidParameterYaml(f"'{name}' contains repeated forward slash at line {line}")
    checks = [validate_namespace(f'/{part}') for part in parts if part not in WILDCARDS]
    if node_name not in WILDCARDS:
        checks.append(validate_node_name(node_name))
    for error in filter(None, checks):
        raise InvalidParameterYaml(f"{error[0]}: '{name}' at line {line}")


def _read_parameters(
    mapping: yaml.MappingNode,
    prefix: str,
    parameters: dict[str, ParameterValue],
) -> None:
    for key_node, value in mapping.value:
        name = prefix + _key(key_node)
        if isinstance(value, yaml.MappingNode):
            _read_parameters(value, f'{name}.', parameters)
        else:
            parameters[name] = _read_value(value)


def _read_value(node: yaml.Node) -> ParameterValue:
    if isinstance(node, yaml.ScalarNode):
        return _read_scalar(node)
    if not isinstance(node, yaml.SequenceNode):
        raise InvalidParameterYaml(
            f'Expected a scalar or a sequence of scalars at line {_line(node)}'
        )
    values: list[Scalar] = []
    for item in node.value:
        if not isinstance(item, yaml.ScalarNode):
            raise InvalidParameterYaml(f'Sequences hold scalars only, at line {_line(item)}')
        value = _read_scalar(item)
        if values and type(value) is not type(values[0]):
            raise InvalidParameterYaml(
                f'Sequence should be of same type. Value type {type(value).__name__!r} does not '
                f'belong at line {_line(item)}'
            )
        values.append(value)
    return values or None


def _read_scalar(node: yaml.ScalarNode) -> Scalar:
    quoted = node.style in ('"', "'")
    if not node.value and not quoted:
        raise InvalidParameterYaml(f'No value at line {_line(node)}')
    return typed_scalar(node.value, quoted)

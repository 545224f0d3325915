# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""Node parameters from settings dataclasses: one text serves both."""

from collections.abc import Callable
from dataclasses import Field
from dataclasses import fields
from typing import Any
from typing import TypeVar

from rcl_interfaces.msg import FloatingPointRange
from rcl_interfaces.msg import IntegerRange
from rcl_interfaces.msg import ParameterDescriptor
from rcl_interfaces.msg import SetParametersResult
from rclpy.exceptions import InvalidParameterTypeException
from rclpy.exceptions import InvalidParameterValueException
from rclpy.node import Node

from personaplex_ros.conversation.settings import check

S = TypeVar('S')

_KINDS = {
    bool: 'true or false',
    int: 'a whole number',
    float: 'a number with a decimal point',
    str: 'text',
}


class SettingsError(ValueError):
    """A parameter has a value that its setting does not take."""


def declare(node: Node, settings_type: type, locked: Callable[[], str]) -> None:
    """Declare every setting as a parameter with its meaning and range.

    locked: returns why nothing may be changed now, or ''. Values of another type, out of range or
    against a rule are refused with the reason, at any time. Raises SettingsError where the node
    was started with one. What depends on other parameters or on files is judged by read() and by
    who uses it: all of that may still change.
    """
    for field in fields(settings_type):
        try:
            given = node.declare_parameter(field.name, field.default, _descriptor(field))
        except (InvalidParameterTypeException, InvalidParameterValueException) as error:
            reason = _why_refused(node, settings_type, field) or str(error)
            raise _of(node, f'parameter {reason}') from error
        reason = check(settings_type, field.name, given.value)
        if reason:
            raise _of(node, f'parameter {reason}')
    names = {field.name for field in fields(settings_type)}

    def refuse_bad(parameters: list) -> SetParametersResult:
        for parameter in parameters:
            if parameter.name in names:
                reason = locked() or check(settings_type, parameter.name, parameter.value)
                if reason:
                    return SetParametersResult(successful=False, reason=reason)
        return SetParametersResult(successful=True)

    node.add_on_set_parameters_callback(refuse_bad)


def read(node: Node, settings_type: type[S]) -> S:
    """Return the settings as the parameters stand.

    Raises SettingsError naming the bad one, or two that contradict each other.
    """
    values: dict[str, Any] = {}
    for field in fields(settings_type):  # type: ignore[arg-type]
        value = node.get_parameter(field.name).value
        reason = check(settings_type, field.name, value)
        if reason:
            raise SettingsError(f'parameter {reason}')
        values[field.name] = value
    settings = settings_type(**values)
    reason = getattr(settings, 'contradiction', '')
    if reason:
        raise SettingsError(f'parameter {reason}')
    return settings


def take(node: Node, settings_type: type[S]) -> S:
    """Declare and read at once, for a node that begins to work when it is made.

    Raises SettingsError naming the node and the bad parameter.
    """
    declare(node, settings_type, lambda: '')
    try:
        return read(node, settings_type)
    except SettingsError as error:
        raise _of(node, str(error)) from None


def _of(node: Node, reason: str) -> SettingsError:
    return SettingsError(f'node {node.get_fully_qualified_name()}: {reason}')


def _why_refused(node: Node, settings_type: type, field: Field) -> str:
    """Return what is wrong with the value that the node was started with.

    rclpy tells it in words of its own, other ones in every distribution, and gives the value to
    nobody but a parameter that takes any.
    """
    node.declare_parameter(field.name, field.default, ParameterDescriptor(dynamic_typing=True))
    value = node.get_parameter(field.name).value
    kind = type(field.default)
    if type(value) is kind:
        return check(settings_type, field.name, value)
    such_as = f', such as {float(value)}' if kind is float and type(value) is int else ''
    return f'{field.name} is {value!r}; expected {_KINDS[kind]}{such_as}'


def _descriptor(field: Field) -> ParameterDescriptor:
    meta = field.metadata
    descriptor = ParameterDescriptor(description=meta['doc'], read_only=meta['read_only'])
    if meta['minimum'] is None:
        return descriptor
    if isinstance(field.default, float):
        descriptor.floating_point_range = [
            FloatingPointRange(from_value=meta['minimum'], to_value=meta['maximum'])
        ]
    else:
        descriptor.integer_range = [
            IntegerRange(from_value=meta['minimum'], to_value=meta['maximum'])
        ]
    return descriptor

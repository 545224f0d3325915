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
from rclpy.node import Node

from personaplex_ros.conversation.settings import check

S = TypeVar('S')


class SettingsError(ValueError):
    """A parameter has a value that its setting does not take."""


def declare(node: Node, settings_type: type, locked: Callable[[], str]) -> None:
    """Declare every setting as a parameter with its meaning and range.

    locked: returns why nothing may be changed now, or ''. Values that break a rule are refused
    with the reason, at any time.
    """
    for field in fields(settings_type):
        node.declare_parameter(field.name, field.default, _descriptor(field))
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
    """Return the settings as the parameters stand; raises SettingsError naming the bad one."""
    values: dict[str, Any] = {}
    for field in fields(settings_type):  # type: ignore[arg-type]
        value = node.get_parameter(field.name).value
        reason = check(settings_type, field.name, value)
        if reason:
            raise SettingsError(f'parameter {reason}')
        values[field.name] = value
    return settings_type(**values)


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

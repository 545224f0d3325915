# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""Messages of any type, filled from plain values, and told in a few words."""

from array import array
from collections.abc import Mapping
from collections.abc import Sequence
import re
from typing import Any

from personaplex_ros.tools.installed_interfaces import interface_class

MAX_TOLD = 200
_ARRAY = re.compile(r'^(?:sequence<(?P<bounded>.+?)(?:, \d+)?>|(?P<fixed>.+)\[\d+\])$')
_FLOATS = ('float', 'double')


def fill_message(message: Any, values: Mapping[str, Any]) -> Any:
    """Set the fields of a message, request or goal; returns it.

    values: field name to value, nested like the message. What is not named keeps its default.
    Raises AttributeError, TypeError or ValueError where something does not fit.
    """
    types = message.get_fields_and_field_types()
    for name, value in values.items():
        if name not in types:
            raise AttributeError(f'{type(message).__name__} has no field {name!r}')
        try:
            setattr(message, name, _value(types[name], value, getattr(message, name)))
        except AssertionError as error:  # how rosidl's setters refuse
            raise ValueError(f'{name}: {value!r} is no {types[name]} ({error})') from None
    return message


def _value(type_name: str, value: Any, default: Any) -> Any:
    found = _ARRAY.match(type_name)
    if found:
        element = found['bounded'] or found['fixed']
        if not isinstance(value, Sequence) or isinstance(value, str):
            raise TypeError(f'{value!r} is no list of {element}')
        return [_value(element, item, None) for item in value]
    if '/' in type_name:
        nested = default if default is not None else _new(type_name)
        return fill_message(nested, value)
    if type_name in _FLOATS:
        return float(value)
    if type_name == 'octet':
        return bytes([value])
    return value


def _new(type_name: str) -> Any:
    package, _, name = type_name.rpartition('/')
    return interface_class(f'{package.split("/")[0]}/msg/{name}')()


def told(message: Any) -> str:
    """Return a message in a few words: its `message` or its fields, nested ones with dots.

    Its own fields come first: Nav2's feedback begins with a pose, which would leave no room for
    the distance behind it.
    """
    text = getattr(message, 'message', '')
    if not (isinstance(text, str) and text):
        fields = sorted(_plain(message, ''), key=lambda field: field[0].count('.'))
        text = ', '.join(f'{name}: {value}' for name, value in fields)
    return text[:MAX_TOLD]


def _plain(message: Any, prefix: str) -> list[tuple[str, Any]]:
    out: list[tuple[str, Any]] = []
    for name in message.get_fields_and_field_types():
        value = getattr(message, name)
        if hasattr(value, 'get_fields_and_field_types'):
            out += _plain(value, f'{prefix}{name}.')
        elif isinstance(value, float):
            out.append((prefix + name, f'{value:.3g}'))
        elif isinstance(value, (bool, int, str)):
            out.append((prefix + name, value))
        elif isinstance(value, (list, array)):
            out.append((prefix + name, f'{len(value)} values'))
    return out

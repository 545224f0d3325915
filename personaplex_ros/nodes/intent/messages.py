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


def fill_message(kind: Any, values: Mapping[str, Any]) -> Any:
    """Return a message, request or goal of a class, with its fields set.

    values: field name to value, nested like the message. What is not named keeps its default.
    Raises AttributeError, TypeError or ValueError where something does not fit.
    """
    message = _checking(kind)
    types = message.get_fields_and_field_types()
    for name, value in values.items():
        if name not in types:
            raise AttributeError(f'{type(message).__name__} has no field {name!r}')
        try:
            setattr(message, name, _value(types[name], value))
        except AssertionError as error:  # how rosidl's setters refuse
            raise ValueError(f'{name}: {value!r} is no {types[name]} ({error})') from None
    return message


def _checking(kind: Any) -> Any:
    """Return a new message whose setters refuse what does not fit.

    Since jazzy they do so only where asked to: else 300 is sent as the uint8 44, and a text in
    its place ends the process. Humble's always do, and know no such argument.
    """
    try:
        return kind(check_fields=True)
    except AssertionError:
        return kind()


def _value(type_name: str, value: Any) -> Any:
    found = _ARRAY.match(type_name)
    if found:
        element = found['bounded'] or found['fixed']
        if not isinstance(value, Sequence) or isinstance(value, str):
            raise TypeError(f'{value!r} is no list of {element}')
        return [_value(element, item) for item in value]
    if '/' in type_name:
        package, _, name = type_name.rpartition('/')
        return fill_message(interface_class(f'{package.split("/")[0]}/msg/{name}'), value)
    if type_name in _FLOATS:
        return float(value)
    if type_name == 'octet':
        return bytes([value])
    return value


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

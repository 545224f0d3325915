# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""Default and constant values of interface text, by the rules of rosidl_adapter."""

import re
from typing import Any

from embedded_ros.interfaces.specification import Container
from embedded_ros.interfaces.specification import FieldType

_TRUE = ('true', '1')
_FALSE = ('false', '0')
_STRING_ELEMENT = re.compile(
    r"""\s*(?:"((?:\\"|[^"])*)"|'((?:\\'|[^'])*)'|([^,"'][^,]*))\s*(,|$)"""
)


def parse_value(type_: FieldType, text: str) -> Any:
    """The value that `text` gives to a field or constant of this type.

    Returns bool, bytes [1], int, float or str, or a list of them for arrays and sequences.
    Raises ValueError saying what was expected.
    """
    if type_.is_message:
        raise ValueError(f'a field of message type {type_} can not have a default value')
    if type_.container is Container.ONE:
        return _parse_one(type_, text)
    if not (text.startswith('[') and text.endswith(']')):
        raise ValueError(f"default of {type_} must start with '[' and end with ']', got {text!r}")
    split = _split_strings if type_.is_string else _split_numbers
    values = [_parse_element(type_.element, part) for part in split(text[1:-1])]
    _check_length(type_, len(values))
    return values


def _check_length(type_: FieldType, length: int) -> None:
    if type_.container is Container.ARRAY and length != type_.size:
        raise ValueError(f'{type_} needs exactly {type_.size} values, got {length}')
    if type_.size is not None and length > type_.size:
        raise ValueError(f'{type_} holds at most {type_.size} values, got {length}')


def _split_numbers(text: str) -> list[str]:
    return [part.strip() for part in text.split(',')] if text.strip() else []


def _split_strings(text: str) -> list[tuple[str, str]]:
    """Pairs of quote character (may be empty) and the text between the quotes."""
    parts = []
    position = 0
    while text[position:].strip():
        match = _STRING_ELEMENT.match(text, position)
        if match is None:
            raise ValueError(f'wrong quotes or commas in [{text}]')
        double, single, bare, _ = match.groups()
        if double is not None:
            parts.append(('"', double))
        elif single is not None:
            parts.append(("'", single))
        else:
            parts.append(('', bare.strip()))
        position = match.end()
    return parts


def _parse_element(type_: FieldType, part: Any) -> Any:
    if not type_.is_string:
        return _parse_one(type_, part)
    quote, text = part
    return _bounded(type_, text.replace('\\' + quote, quote) if quote else text)


def _parse_one(type_: FieldType, text: str) -> Any:
    if type_.is_string:
        return _bounded(type_, _unquote(text))
    if type_.name == 'boolean':
        return _parse_bool(text)
    if type_.primitive.python_type is float:
        return _parse_float(text)
    if type_.name == 'octet':
        return bytes([_parse_integer('byte', text, 0, 255)])
    return _parse_integer(type_.name, text, type_.primitive.low, type_.primitive.high)


def _unquote(text: str) -> str:
    for quote in '"\'':
        if len(text) > 1 and text.startswith(quote) and text.endswith(quote):
            inner = text[1:-1]
            if re.search(rf'(?<!\\){quote}', inner):
                raise ValueError(f'inner quotes of {text} are not escaped')
            return inner.replace('\\' + quote, quote)
    return text


def _bounded(type_: FieldType, text: str) -> str:
    if type_.string_bound is not None and len(text) > type_.string_bound:
        raise ValueError(f'{text!r} is longer than the {type_.string_bound} characters of {type_}')
    return text


def _parse_bool(text: str) -> bool:
    if text.lower() not in (*_TRUE, *_FALSE):
        raise ValueError(f"a bool must be 'true', '1', 'false' or '0', got {text!r}")
    return text.lower() in _TRUE


def _parse_float(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise ValueError(f"expected a number with '.' as the separator, got {text!r}") from None


def _parse_integer(name: str, text: str, low: int, high: int) -> int:
    value = None
    for base in (10, 0):
        try:
            value = int(text, base)
            break
        except ValueError:
            continue
    if value is None or not low <= value <= high:
        raise ValueError(f'{name} must be an integer in [{low}, {high}], got {text!r}')
    return value

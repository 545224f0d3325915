# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""Builds, once per message class, the function that writes it as little-endian CDR."""

from collections.abc import Callable
from functools import cache
import struct
from typing import Any

import numpy

from embedded_ros.interfaces.classes import Message
from embedded_ros.interfaces.specification import Container
from embedded_ros.interfaces.specification import FieldType

Write = Callable[[bytearray, Any], None]
"""Appends a value; the length of the bytearray is the position that alignment counts from."""

_COUNT = struct.Struct('<I')


@cache
def message_writer(cls: type[Message]) -> Write:
    """The writer of a message class."""
    steps = [(plan.slot, _value_writer(plan.type, plan.message_class)) for plan in cls._PLANS]
    if not steps:
        return _write_empty

    def write(out: bytearray, message: Message) -> None:
        for slot, write_value in steps:
            write_value(out, getattr(message, slot))

    return write


def _write_empty(out: bytearray, message: Message) -> None:
    # rosidl gives empty structures a uint8 structure_needs_at_least_one_member.
    out.append(0)


def _value_writer(type_: FieldType, message_class: type[Message] | None) -> Write:
    if type_.container is Container.ONE:
        return _one_writer(type_, message_class)
    write_values = (
        _packed_writer(type_)
        if type_.is_packed
        else _list_writer(_one_writer(type_, message_class))
    )
    if type_.container is Container.ARRAY:
        return write_values

    def write_sequence(out: bytearray, values: Any) -> None:
        _write_count(out, len(values))
        write_values(out, values)

    return write_sequence


def _one_writer(type_: FieldType, message_class: type[Message] | None) -> Write:
    if message_class is not None:
        return message_writer(message_class)
    if type_.name == 'string':
        return _write_string
    if type_.name == 'wstring':
        return _write_wstring
    if type_.name == 'octet':
        return bytearray.extend
    return _number_writer(type_)


def _number_writer(type_: FieldType) -> Write:
    size, pack = type_.primitive.size, struct.Struct(f'<{type_.primitive.code}').pack

    def write(out: bytearray, value: Any) -> None:
        _align(out, size)
        out += pack(value)

    return write


def _list_writer(write_one: Write) -> Write:
    def write(out: bytearray, values: Any) -> None:
        for value in values:
            write_one(out, value)

    return write


def _packed_writer(type_: FieldType) -> Write:
    size, wire_dtype = type_.primitive.size, numpy.dtype(f'<{type_.primitive.code}')

    def write(out: bytearray, values: Any) -> None:
        if len(values):
            _align(out, size)
            out += numpy.asarray(values, wire_dtype).tobytes()

    return write


def _write_count(out: bytearray, count: int) -> None:
    _align(out, 4)
    out += _COUNT.pack(count)


def _write_string(out: bytearray, value: Any) -> None:
    data = value.encode()
    _write_count(out, len(data) + 1)
    out += data
    out.append(0)


def _write_wstring(out: bytearray, value: Any) -> None:
    data = value.encode('utf-16-le')
    units = struct.unpack(f'<{len(data) // 2}H', data)
    _write_count(out, len(units))
    out += struct.pack(f'<{len(units)}I', *units)


def _align(out: bytearray, size: int) -> None:
    out += bytes(-len(out) % size)

# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""Builds, once per message class and byte order, the function that reads it from CDR."""

import array
from collections.abc import Callable
from functools import cache
from functools import partial
import struct
import sys
from typing import Any

import numpy

from embedded_ros.interfaces.classes import Message
from embedded_ros.interfaces.specification import Container
from embedded_ros.interfaces.specification import FieldType

_NATIVE_ORDER = '<' if sys.byteorder == 'little' else '>'


class Cursor:
    """A place in received bytes; alignment counts from their start."""

    def __init__(self, data: memoryview) -> None:
        self._data = data
        self._position = 0

    def take(self, count: int, alignment: int = 1) -> memoryview:
        """The next `count` bytes after padding; IndexError where there are fewer."""
        start = self._position + -self._position % alignment
        end = start + count
        if end > len(self._data):
            raise IndexError(
                f'{count} bytes wanted at {start}, but the data ends at {len(self._data)}'
            )
        self._position = end
        return self._data[start:end]


Read = Callable[[Cursor], Any]


@cache
def message_reader(cls: type[Message], order: str) -> Read:
    """The reader of a message class; order is '<' or '>'."""
    steps = [
        (plan.slot, _value_reader(plan.type, plan.message_class, order)) for plan in cls._PLANS
    ]
    new = partial(cls.__new__, cls)

    def read(cursor: Cursor) -> Message:
        message = new()
        for slot, read_value in steps:
            setattr(message, slot, read_value(cursor))
        if not steps:
            cursor.take(1)
        return message

    return read


def _value_reader(type_: FieldType, message_class: type[Message] | None, order: str) -> Read:
    read_one = _one_reader(type_, message_class, order)
    if type_.container is Container.ONE:
        return read_one
    read_values = _packed_reader(type_, order) if type_.is_packed else _list_reader(read_one)
    if type_.container is Container.ARRAY:
        return lambda cursor: read_values(cursor, type_.size)
    read_count = _number_reader('I', 4, order)
    return lambda cursor: read_values(cursor, read_count(cursor))


def _one_reader(type_: FieldType, message_class: type[Message] | None, order: str) -> Read:
    if message_class is not None:
        return message_reader(message_class, order)
    if type_.name == 'string':
        return _string_reader(order)
    if type_.name == 'wstring':
        return _wstring_reader(order)
    if type_.name == 'octet':
        return lambda cursor: bytes(cursor.take(1))
    return _number_reader(type_.primitive.code, type_.primitive.size, order)


def _number_reader(code: str, size: int, order: str) -> Read:
    unpack = struct.Struct(order + code).unpack
    return lambda cursor: unpack(cursor.take(size, size))[0]


def _list_reader(read_one: Read) -> Callable[[Cursor, int], list[Any]]:
    return lambda cursor, count: [read_one(cursor) for _ in range(count)]


def _packed_reader(type_: FieldType, order: str) -> Callable[[Cursor, int], Any]:
    primitive, container = type_.primitive, type_.container

    def read_array(cursor: Cursor, count: int) -> array.array:
        values = array.array(primitive.code)
        # No padding before no elements.
        values.frombytes(cursor.take(count * primitive.size, primitive.size if count else 1))
        if order != _NATIVE_ORDER:
            values.byteswap()
        return values

    if container is Container.SEQUENCE:
        return read_array
    return lambda cursor, count: numpy.array(read_array(cursor, count), dtype=primitive.dtype)


def _string_reader(order: str) -> Read:
    read_count = _number_reader('I', 4, order)

    def read(cursor: Cursor) -> str:
        # The count includes a terminating NUL; some writers send 0 for an empty string.
        return bytes(cursor.take(read_count(cursor))).removesuffix(b'\0').decode()

    return read


def _wstring_reader(order: str) -> Read:
    read_count = _number_reader('I', 4, order)

    def read(cursor: Cursor) -> str:
        count = read_count(cursor)
        units = struct.unpack(f'{order}{count}I', cursor.take(4 * count))
        return struct.pack(f'<{count}H', *units).decode('utf-16-le')

    return read

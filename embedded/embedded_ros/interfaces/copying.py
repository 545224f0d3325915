# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""Copies a message as a trip through the middleware would: nothing shared, plain types only.

A real publisher turns fields into C values and a subscriber turns them back. So a float32 comes
out rounded, an IntEnum as int, a tuple or set as list; copies here do the same.
"""

from collections.abc import Callable
from functools import partial
import struct
from typing import Any
from typing import TypeVar

from embedded_ros.interfaces.classes import Message
from embedded_ros.interfaces.specification import Container
from embedded_ros.interfaces.specification import FieldType

M = TypeVar('M', bound=Message)
Copier = Callable[[Any], Any]

_FLOAT32 = struct.Struct('f')

_copiers: dict[type, Copier] = {}


def copy_message(message: M) -> M:
    """A deep copy that shares nothing with the original.

    Raises TypeError for what is no message, UnicodeEncodeError for text that is no Unicode.
    """
    copier = _copiers.get(type(message)) or _message_copier(type(message))
    return copier(message)


def _message_copier(cls: type[Message]) -> Copier:
    if cls not in _copiers:
        if not (isinstance(cls, type) and issubclass(cls, Message)):
            raise TypeError(f'expected a message, got an object of {cls}')
        _copiers[cls] = _make_copier(_generated_class(cls))
    return _copiers[cls]


def _generated_class(cls: type[Message]) -> type[Message]:
    """The class made from text: what a subscriber gets, also where a derived one was published."""
    return next(base for base in cls.__mro__ if '_PLANS' in vars(base))


def _make_copier(cls: type[Message]) -> Copier:
    steps = [(plan.slot, _value_copier(plan.type, plan.message_class)) for plan in cls._PLANS]
    new = partial(cls.__new__, cls)

    def copy_fields(message: Message) -> Message:
        duplicate = new()
        for slot, copy_value in steps:
            setattr(duplicate, slot, copy_value(getattr(message, slot)))
        return duplicate

    return copy_fields


def _value_copier(type_: FieldType, message_class: type[Message] | None) -> Copier:
    if type_.is_packed:
        return _copy_array if type_.container is Container.SEQUENCE else _copy_numpy
    copy_one = _one_copier(type_, message_class)
    if type_.container is Container.ONE:
        return copy_one
    return lambda values: [copy_one(value) for value in values]


def _one_copier(type_: FieldType, message_class: type[Message] | None) -> Copier:
    if message_class is not None:
        return _message_copier(message_class)
    if type_.is_string:
        return _copy_string
    if type_.name == 'float':
        return _copy_float32
    return type_.primitive.python_type


def _copy_array(value: Any) -> Any:
    return value[:]


def _copy_numpy(value: Any) -> Any:
    return value.flatten()


def _copy_float32(value: float) -> float:
    return _FLOAT32.unpack(_FLOAT32.pack(value))[0]


def _copy_string(value: Any) -> str:
    """Return the text that travels; raises UnicodeEncodeError for a lone surrogate, as rclpy."""
    if type(value) is not str:
        # str() of a str-based Enum is the member's name; its value is what travels.
        value = str.__str__(value) if isinstance(value, str) else str(value)
    if not value.isascii():
        value.encode()
    return value

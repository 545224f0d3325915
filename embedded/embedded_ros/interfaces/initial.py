# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""What a new message's fields start with: defaults, and conversion of constructor arguments."""

import array
from collections.abc import Callable
from typing import Any

import numpy

from embedded_ros.interfaces.specification import Container
from embedded_ros.interfaces.specification import Field
from embedded_ros.interfaces.specification import FieldType


def default_maker(field: Field, message_class: type | None) -> Callable[[], Any]:
    """Returns a function that makes the field's first value, each time a new one if mutable."""
    type_ = field.type
    if type_.container is Container.ONE:
        return message_class or _constant(_first_value(field))
    if type_.is_packed:
        return _packed_maker(type_, field.default)
    if message_class is not None and type_.container is Container.ARRAY:
        return lambda: [message_class() for _ in range(type_.size)]
    values = _first_values(field)
    return lambda: list(values)


def _constant(value: Any) -> Callable[[], Any]:
    return lambda: value


def _first_value(field: Field) -> Any:
    return _zero(field.type) if field.default is None else field.default


def _first_values(field: Field) -> list[Any]:
    if field.default is not None:
        return field.default
    return [_zero(field.type)] * field.type.size if field.type.container is Container.ARRAY else []


def _zero(type_: FieldType) -> Any:
    if type_.name == 'octet':
        return b'\0'
    return '' if type_.is_string else type_.primitive.python_type()


def _packed_maker(type_: FieldType, default: list[Any] | None) -> Callable[[], Any]:
    primitive = type_.primitive
    if type_.container is Container.SEQUENCE:
        code, values = primitive.code, default or []
        return lambda: array.array(code, values)
    dtype = numpy.dtype(primitive.dtype)
    first = numpy.zeros(type_.size, dtype) if default is None else numpy.array(default, dtype)
    return first.copy


def keyword_converter(field: Field) -> Callable[[Any], Any]:
    """Returns what a constructor does to an argument before the setter sees it.

    Packed fields copy it (array.array or numpy.ndarray); all others take it as it is, and so do
    fields with a default in their text: that is how rosidl has it.
    """
    type_ = field.type
    if not type_.is_packed or field.default is not None:
        return _unchanged
    if type_.container is Container.SEQUENCE:
        code = type_.primitive.code
        return lambda value: array.array(code, value)
    dtype, size = numpy.dtype(type_.primitive.dtype), type_.size

    def to_numpy(value: Any) -> numpy.ndarray:
        values = numpy.array(value, dtype=dtype)
        # A wrong size is the setter's to tell.
        assert values.size != size or values.ndim == 1, (
            f'expected {size} values in one row, got an array of shape {values.shape}'
        )
        return values

    return to_numpy


def _unchanged(value: Any) -> Any:
    return value

# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""What a message field accepts: the checks and conversions that rosidl's setters do.

The rules and the texts of the errors are those of rosidl_generator_py (humble),
resource/_msg.py.em. Being assertions, they vanish under `python -O`, as they do there.
"""

import array
from collections import UserString
from collections.abc import Callable
from collections.abc import Sequence
from collections.abc import Set
import math
from typing import Any

import numpy

from embedded_ros.interfaces.specification import Container
from embedded_ros.interfaces.specification import Field
from embedded_ros.interfaces.specification import FieldType

Accept = Callable[[Any], Any]
"""Takes the value given to a setter, returns the value to keep, or raises AssertionError."""


def acceptance(field: Field, message_class: type | None) -> Accept:
    """The rule of one field; `message_class` is the class of a field of message type."""
    if field.type.container is Container.ONE:
        return _accept_one(field, message_class)
    accept_values = _accept_values(field, message_class)
    if not field.type.is_packed:
        return accept_values
    if field.type.container is Container.ARRAY:
        return _accept_numpy(field, accept_values)
    return _accept_array(field, accept_values)


def _accept_one(field: Field, message_class: type | None) -> Accept:
    type_ = field.type
    if type_.is_message:
        return _accept_message(field.name, message_class)
    if type_.string_bound is not None:
        return _accept_bounded_string(field.name, type_.string_bound)
    if type_.is_string:
        return _accept_string(field.name)
    if type_.name == 'octet':
        return _accept_byte(field.name)
    if type_.name == 'boolean':
        return _accept_bool(field.name)
    if type_.primitive.python_type is float:
        return _accept_float(field.name, type_)
    return _accept_integer(field.name, type_)


def _accept_message(name: str, message_class: type) -> Accept:
    error = f"The '{name}' field must be a sub message of type '{message_class.__name__}'"

    def accept(value: Any) -> Any:
        assert isinstance(value, message_class), error
        return value

    return accept


def _accept_string(name: str) -> Accept:
    def accept(value: Any) -> Any:
        assert isinstance(value, str), f"The '{name}' field must be of type 'str'"
        return value

    return accept


def _accept_bounded_string(name: str, bound: int) -> Accept:
    def accept(value: Any) -> Any:
        assert isinstance(value, (str, UserString)) and len(value) <= bound, (
            f"The '{name}' field must be string value not longer than {bound}"
        )
        return value

    return accept


def _accept_byte(name: str) -> Accept:
    def accept(value: Any) -> Any:
        assert isinstance(value, (bytes, bytearray)) and len(value) == 1, (
            f"The '{name}' field must be of type 'bytes' or 'ByteString' with length 1"
        )
        return value

    return accept


def _accept_bool(name: str) -> Accept:
    def accept(value: Any) -> Any:
        assert isinstance(value, bool), f"The '{name}' field must be of type 'bool'"
        return value

    return accept


def _accept_integer(name: str, type_: FieldType) -> Accept:
    low, high = type_.primitive.low, type_.primitive.high
    sign = 'an unsigned' if low == 0 else 'an'

    def accept(value: Any) -> Any:
        assert isinstance(value, int), f"The '{name}' field must be of type 'int'"
        assert low <= value <= high, (
            f"The '{name}' field must be {sign} integer in [{low}, {high}]"
        )
        return value

    return accept


def _accept_float(name: str, type_: FieldType) -> Accept:
    limit = type_.primitive.high

    def accept(value: Any) -> Any:
        assert isinstance(value, float), f"The '{name}' field must be of type 'float'"
        assert _is_representable(value, limit), (
            f"The '{name}' field must be a {type_.name} in [{-limit}, {limit}]"
        )
        return value

    return accept


def _is_representable(value: float, limit: float) -> bool:
    return not (value < -limit or value > limit) or math.isinf(value)


def _accept_array(field: Field, accept_values: Accept) -> Accept:
    """A packed sequence: an array.array is kept as it is, other sequences become one."""
    code, bound = field.type.primitive.code, field.type.size

    def accept(value: Any) -> array.array:
        if isinstance(value, array.array):
            assert value.typecode == code, (
                f"The '{field.name}' array.array() must have the type code of '{code}'"
            )
            assert bound is None or len(value) <= bound, (
                f"The '{field.name}' array.array() must have a size <= {bound}"
            )
            return value
        return array.array(code, accept_values(value))

    return accept


def _accept_numpy(field: Field, accept_values: Accept) -> Accept:
    """A packed array: an ndarray is kept as it is, other sequences become one."""
    dtype, size = numpy.dtype(field.type.primitive.dtype), field.type.size

    def accept(value: Any) -> numpy.ndarray:
        if isinstance(value, numpy.ndarray):
            assert value.dtype == dtype, (
                f"The '{field.name}' numpy.ndarray() must have the dtype of 'numpy.{dtype}'"
            )
            assert value.size == size, (
                f"The '{field.name}' numpy.ndarray() must have a size of {size}"
            )
            return value
        return numpy.array(accept_values(value), dtype=dtype)

    return accept


def _accept_values(field: Field, message_class: type | None) -> Accept:
    """Any set or sequence of right values; kept as it is."""
    type_ = field.type
    python_type = message_class or (str if type_.is_string else type_.primitive.python_type)
    fits = _value_rule(type_)
    error = f"The '{field.name}' field must be {_values_wanted(type_)}"

    def accept(value: Any) -> Any:
        assert (
            isinstance(value, (Sequence, Set))
            and not isinstance(value, (str, UserString))
            and _length_fits(type_, len(value))
            and all(isinstance(one, python_type) and fits(one) for one in value)
        ), error
        return value

    return accept


def _length_fits(type_: FieldType, length: int) -> bool:
    if type_.container is Container.ARRAY:
        return length == type_.size
    return type_.size is None or length <= type_.size


def _value_rule(type_: FieldType) -> Callable[[Any], bool]:
    primitive = type_.primitive
    if type_.string_bound is not None:
        return lambda one: len(one) <= type_.string_bound
    if not type_.is_number:
        return lambda one: True
    if primitive.python_type is float:
        return lambda one: _is_representable(one, primitive.high)
    return lambda one: primitive.low <= one <= primitive.high


def _values_wanted(type_: FieldType) -> str:
    wanted = ['a set or sequence']
    if type_.size is not None:
        at_most = '' if type_.container is Container.ARRAY else '<= '
        wanted.append(f'with length {at_most}{type_.size}')
    if type_.string_bound is not None:
        wanted.append(f'and each string value not longer than {type_.string_bound}')
    wanted.append(f"and each value of type '{type_.python_name}'")
    wanted += _range_wanted(type_)
    return ' '.join(wanted)


def _range_wanted(type_: FieldType) -> list[str]:
    primitive = type_.primitive
    if not type_.is_number:
        return []
    if primitive.python_type is float:
        return [f'and each {type_.name} in [{primitive.low:f}, {primitive.high:f}]']
    sign = 'unsigned ' if primitive.low == 0 else ''
    return [f'and each {sign}integer in [{primitive.low}, {primitive.high}]']

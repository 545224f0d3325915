# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""The primitive types of ROS 2 interface text: their IDL names, ranges and machine forms."""

from dataclasses import dataclass

FLOAT32_LIMIT = 3.402823466e38
"""Largest magnitude a float32 field accepts: rosidl_generator_py, resource/_msg.py.em (humble)."""

FLOAT64_LIMIT = 1.7976931348623157e308
"""Largest magnitude a float64 field accepts; same source."""


@dataclass(frozen=True)
class Primitive:
    """One number-like primitive type."""

    idl_name: str
    """The name rosidl prints in get_fields_and_field_types()."""

    python_type: type
    """What a scalar field of it holds."""

    code: str
    """Type code, the same letter for struct and array.array."""

    size: int
    """Bytes on the wire, which is also its alignment in CDR."""

    low: int | float = 0
    high: int | float = 0

    dtype: str = ''
    """numpy dtype of fixed arrays; empty for bool and byte, whose arrays are lists."""


def _integer(bits: int, code: str, *, signed: bool) -> Primitive:
    name = f'int{bits}' if signed else f'uint{bits}'
    low = -(2 ** (bits - 1)) if signed else 0
    high = 2 ** (bits - 1) - 1 if signed else 2**bits - 1
    return Primitive(name, int, code, bits // 8, low, high, name)


PRIMITIVES = {
    primitive.idl_name: primitive
    for primitive in (
        Primitive('boolean', bool, '?', 1),
        Primitive('octet', bytes, 'B', 1),
        _integer(8, 'b', signed=True),
        _integer(8, 'B', signed=False),
        _integer(16, 'h', signed=True),
        _integer(16, 'H', signed=False),
        _integer(32, 'i', signed=True),
        _integer(32, 'I', signed=False),
        _integer(64, 'q', signed=True),
        _integer(64, 'Q', signed=False),
        Primitive('float', float, 'f', 4, -FLOAT32_LIMIT, FLOAT32_LIMIT, 'float32'),
        Primitive('double', float, 'd', 8, -FLOAT64_LIMIT, FLOAT64_LIMIT, 'float64'),
    )
}
"""By IDL name; strings are not here, they have no fixed size."""

STRING_TYPES = ('string', 'wstring')

IDL_NAMES = {
    'bool': 'boolean',
    'byte': 'octet',
    'char': 'uint8',
    'float32': 'float',
    'float64': 'double',
    **{name: name for name in PRIMITIVES if 'int' in name},
    **{name: name for name in STRING_TYPES},
}
"""Name in interface text -> IDL name. `char` is uint8 for the sake of ROS 1 files
(rosidl_adapter, rosidl_adapter/msg/__init__.py)."""

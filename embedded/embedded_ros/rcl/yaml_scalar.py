# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""Types a YAML scalar as get_value() of rcl_yaml_param_parser/parse.c does, with C's number rules.

These are not YAML 1.1's rules: 1e-3 and inf are doubles, 010 is 8, 08 is 8.0, null is a string.
"""

from __future__ import annotations

import math
import re
import sys

_TRUE = frozenset(('Y', 'y', 'yes', 'Yes', 'YES', 'true', 'True', 'TRUE', 'on', 'On', 'ON'))
_FALSE = frozenset(('N', 'n', 'no', 'No', 'NO', 'false', 'False', 'FALSE', 'off', 'Off', 'OFF'))
_YAML_NAN_OR_INF = re.compile(r'\.(?:nan|NaN|NAN)|[+-]?\.(?:inf|Inf|INF)')

# What strtoll(base 0) and strtod read to the end, in the C locale.
_INTEGER = re.compile(r'\s*([+-]?)(?:0[xX]([0-9a-fA-F]+)|(0[0-7]*)|([1-9][0-9]*))', re.ASCII)
_DOUBLE = re.compile(r'\s*[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?', re.ASCII)
_HEX_DOUBLE = re.compile(
    r'\s*[+-]?0[xX](?:[0-9a-fA-F]+\.?[0-9a-fA-F]*|\.[0-9a-fA-F]+)(?:[pP][+-]?[0-9]+)?', re.ASCII
)
_NON_FINITE = re.compile(
    r'\s*([+-]?)(?:(inf(?:inity)?)|nan(?:\([A-Za-z0-9_]*\))?)', re.ASCII | re.IGNORECASE
)

_INT64 = range(-(2**63), 2**63)

Scalar = bool | int | float | str


def typed_scalar(text: str, quoted: bool) -> Scalar:
    """Return the bool, int, float or str that rcl makes of a scalar; a quoted one is a str."""
    if quoted:
        return text
    if text in _TRUE:
        return True
    if text in _FALSE:
        return False
    number = _integer(text)
    if number is None:
        number = _double(text)
    return text if number is None else number


def _integer(text: str) -> int | None:
    match = _INTEGER.fullmatch(text)
    if not match:
        return None
    sign, hexadecimal, octal, decimal = match.groups()
    base = 16 if hexadecimal else 8 if octal else 10
    value = int(sign + (hexadecimal or octal or decimal), base)
    return value if value in _INT64 else None


def _double(text: str) -> float | None:
    if _YAML_NAN_OR_INF.fullmatch(text):
        return float(text.replace('.', ''))
    match = _NON_FINITE.fullmatch(text)
    if match:
        return float(match.group(1) + ('inf' if match.group(2) else 'nan'))
    if _DOUBLE.fullmatch(text):
        return _in_range(float(text), text)
    if _HEX_DOUBLE.fullmatch(text):
        return _hex_double(text)
    return None


def _hex_double(text: str) -> float | None:
    try:
        return _in_range(float.fromhex(text.strip()), text.lower().partition('p')[0][2:])
    except OverflowError:
        return None


def _in_range(value: float, text: str) -> float | None:
    """Drop what strtod reports as ERANGE: overflow and underflow."""
    if math.isinf(value):
        return None
    is_zero = not re.search('[1-9a-fA-F]', re.split('[eE]', text)[0])
    return value if is_zero or abs(value) >= sys.float_info.min else None

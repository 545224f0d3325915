# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""Call templates against real interface types: do the types exist, and have they these fields."""

from collections.abc import Iterator
from collections.abc import Mapping
import re
from typing import Any
from typing import Protocol

from personaplex_ros.tools.yaml_lines import Path

_ARRAY = re.compile(r'^(?:sequence<(?P<bounded>.+?)(?:, \d+)?>|(?P<fixed>.+)\[\d+\])$')
_INTEGERS = {f'{sign}int{bits}' for sign in ('', 'u') for bits in (8, 16, 32, 64)} | {
    'octet',
    'byte',
    'char',
}
_PLAIN: dict[str, tuple[type, ...]] = {
    'boolean': (bool,),
    'float': (int, float),
    'double': (int, float),
    **{name: (int,) for name in _INTEGERS},
}


class UnknownType(LookupError):
    """A type that is not installed; the text says which package or name is missing."""


class MissingPackage(UnknownType):
    """A type whose package, or one that it is made of, is not installed."""


class NotChecked(LookupError):
    """A type that is not installed, where that is no mistake: what is said of it is believed."""


class Interfaces(Protocol):
    """Interface types by name."""

    def fields(self, type_name: str) -> Mapping[str, str]:
        """Return what a caller fills in: field name to rosidl type, `double`, `pkg/Name`, ...

        type_name: package/msg/Name, package/srv/Name (its request) or package/action/Name (its
        goal). Raises UnknownType, or NotChecked.
        """
        ...


def call_problems(
    type_name: str, args: Mapping[str, Any], interfaces: Interfaces
) -> list[tuple[Path, str]]:
    """Return what does not fit, with its place below `call`. args: look-ups already replaced."""
    try:
        fields = interfaces.fields(type_name)
    except UnknownType as error:
        return [(('type',), str(error))]
    except NotChecked:
        return []
    return list(_message(interfaces, type_name, fields, args, ('args',)))


def _message(
    interfaces: Interfaces,
    type_name: str,
    fields: Mapping[str, str],
    args: Mapping[str, Any],
    path: Path,
) -> Iterator[tuple[Path, str]]:
    for key, value in args.items():
        if key in fields:
            yield from _value(interfaces, fields[key], value, (*path, key))
        else:
            yield (*path, key), f'{type_name} has no field {key!r} (has {", ".join(fields)})'


def _value(
    interfaces: Interfaces, type_name: str, value: Any, path: Path
) -> Iterator[tuple[Path, str]]:
    array = _ARRAY.match(type_name)
    if array and isinstance(value, list):
        for index, item in enumerate(value):
            yield from _value(interfaces, array['bounded'] or array['fixed'], item, (*path, index))
    elif '/' in type_name and not array and isinstance(value, Mapping):
        yield from _nested(interfaces, type_name, value, path)
    elif array or '/' in type_name or not _fits(type_name, value):
        yield path, f'{path[-1]}: {value!r} is no {type_name}'


def _nested(
    interfaces: Interfaces, type_name: str, value: Mapping[str, Any], path: Path
) -> Iterator[tuple[Path, str]]:
    package, _, name = type_name.rpartition('/')
    try:
        fields = interfaces.fields(f'{package.split("/")[0]}/msg/{name}')
    except UnknownType as error:
        yield path, str(error)
    except NotChecked:
        return
    else:
        yield from _message(interfaces, type_name, fields, value, path)


def _fits(type_name: str, value: Any) -> bool:
    kinds = _PLAIN.get(type_name, (str,))
    return isinstance(value, kinds) and (bool in kinds or not isinstance(value, bool))

# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""Reads .msg, .srv and .action text into specifications, by the grammar of rosidl_adapter."""

from collections.abc import Iterable
import re

from embedded_ros.interfaces.literals import parse_value
from embedded_ros.interfaces.primitives import IDL_NAMES
from embedded_ros.interfaces.primitives import STRING_TYPES
from embedded_ros.interfaces.specification import ActionSpec
from embedded_ros.interfaces.specification import Constant
from embedded_ros.interfaces.specification import Container
from embedded_ros.interfaces.specification import Field
from embedded_ros.interfaces.specification import FieldType
from embedded_ros.interfaces.specification import MessageSpec
from embedded_ros.interfaces.specification import ServiceSpec

SEPARATOR = '---'

_LOWER_NAME = re.compile(r'(?!.*__)(?!.*_$)[a-z][a-z0-9_]*')
_MESSAGE_NAME = re.compile(r'[A-Z][A-Za-z0-9]*')
_CONSTANT_NAME = re.compile(r'[A-Z](?:_?[A-Z0-9])*')
_CONSTANT_LINE = re.compile(r'(\S+)\s+(\w+)\s*=\s*(.*)')
_FIELD_LINE = re.compile(r'(\S+)\s+(\S+)(?:\s+(.*))?')
_TYPE = re.compile(
    r'(?P<name>[\w/]+)(?:<=(?P<bound>[^\[\]]*))?(?P<brackets>\[(?P<limit><=)?(?P<size>[^\]]*)\])?'
)

NumberedLine = tuple[int, str]


class InterfaceTextError(ValueError):
    """Interface text that does not follow the grammar; the message opens with file and line."""

    def __init__(self, source: str, line: int, reason: str) -> None:
        super().__init__(f'{source}:{line}: {reason}')


def parse_message(package: str, name: str, text: str, source: str) -> MessageSpec:
    """Read the text of a .msg file; `source` names it in errors."""
    return _message(package, 'msg', name, _numbered(text), source)


def parse_service(package: str, name: str, text: str, source: str) -> ServiceSpec:
    """Read the text of a .srv file: request and response."""
    request, response = _sections(text, 2, 'request and response', source)
    return ServiceSpec(
        package,
        'srv',
        name,
        _message(package, 'srv', f'{name}_Request', request, source),
        _message(package, 'srv', f'{name}_Response', response, source),
    )


def parse_action(package: str, name: str, text: str, source: str) -> ActionSpec:
    """Read the text of an .action file: goal, result and feedback."""
    parts = _sections(text, 3, 'goal, result and feedback', source)
    goal, result, feedback = (
        _message(package, 'action', f'{name}_{suffix}', lines, source)
        for suffix, lines in zip(('Goal', 'Result', 'Feedback'), parts, strict=True)
    )
    return ActionSpec(package, 'action', name, goal, result, feedback)


def parse_type(text: str, package: str) -> FieldType:
    """Read a type such as `string<=10[<=3]`; `package` is where bare message names live.

    Raises ValueError for what is no type.
    """
    match = _TYPE.fullmatch(text)
    if match is None:
        raise ValueError(f'{text!r} is not a type')
    container, size = _container(match)
    bound = match['bound']
    if bound is not None and match['name'] not in STRING_TYPES:
        raise ValueError(f'only string and wstring can have a bound, got {text!r}')
    return FieldType(
        container=container,
        size=size,
        string_bound=None if bound is None else _positive(bound, text),
        **_base(match['name'], package),
    )


def _base(name: str, package: str) -> dict[str, str]:
    if name in IDL_NAMES:
        return {'name': IDL_NAMES[name]}
    parts = name.split('/')
    if len(parts) > 2:
        raise ValueError(f"{name!r} is not a type: expected 'Message' or 'package/Message'")
    package = parts[0] if len(parts) == 2 else package
    if not _LOWER_NAME.fullmatch(package):
        raise ValueError(f'{package!r} is not a package name (lower case, digits, single _)')
    if not _MESSAGE_NAME.fullmatch(parts[-1]):
        raise ValueError(f'{parts[-1]!r} is neither a primitive type nor a message name')
    return {'name': parts[-1], 'package': package}


def _container(match: re.Match) -> tuple[Container, int | None]:
    if match['brackets'] is None:
        return Container.ONE, None
    if match['brackets'] == '[]':
        return Container.SEQUENCE, None
    size = _positive(match['size'], match[0])
    return (Container.SEQUENCE if match['limit'] else Container.ARRAY), size


def _positive(text: str, type_text: str) -> int:
    if not text.isdecimal() or int(text) == 0:
        raise ValueError(f'a size in {type_text!r} must be an integer above 0, got {text!r}')
    return int(text)


def _numbered(text: str) -> list[NumberedLine]:
    return list(enumerate(text.splitlines(), start=1))


def _sections(text: str, count: int, names: str, source: str) -> list[list[NumberedLine]]:
    sections: list[list[NumberedLine]] = [[]]
    for number, line in _numbered(text):
        if line.rstrip() == SEPARATOR:
            sections.append([])
        else:
            sections[-1].append((number, line))
    if len(sections) != count:
        raise InterfaceTextError(
            source,
            1,
            f"expected {count - 1} line(s) '{SEPARATOR}' between {names}, got {len(sections) - 1}",
        )
    return sections


def _message(
    package: str, kind: str, name: str, lines: Iterable[NumberedLine], source: str
) -> MessageSpec:
    fields: dict[str, Field] = {}
    constants: dict[str, Constant] = {}
    for number, line in lines:
        # As in rosidl, a # opens a comment even between quotes.
        statement = line.partition('#')[0].strip()
        if not statement:
            continue
        try:
            member = _member(statement, package)
            names = fields if isinstance(member, Field) else constants
            if member.name in names:
                raise ValueError(f'{member.name!r} is defined twice')
        except ValueError as error:
            raise InterfaceTextError(source, number, str(error)) from None
        names[member.name] = member
    return MessageSpec(package, kind, name, tuple(fields.values()), tuple(constants.values()))


def _member(statement: str, package: str) -> Field | Constant:
    match = _CONSTANT_LINE.fullmatch(statement)
    if match is not None:
        return _constant(*match.groups())
    match = _FIELD_LINE.fullmatch(statement)
    if match is None:
        raise ValueError(f"expected 'type name', got {statement!r}")
    type_text, name, default = match.groups()
    if not _LOWER_NAME.fullmatch(name):
        raise ValueError(f'{name!r} is not a field name (lower case, digits, single _ inside)')
    type_ = parse_type(type_text, package)
    return Field(name, type_, None if default is None else parse_value(type_, default))


def _constant(type_text: str, name: str, value: str) -> Constant:
    if type_text not in IDL_NAMES:
        raise ValueError(f'the type of a constant must be a primitive, got {type_text!r}')
    if not _CONSTANT_NAME.fullmatch(name):
        raise ValueError(f'{name!r} is not a constant name (upper case, digits, single _ inside)')
    type_ = FieldType(IDL_NAMES[type_text])
    return Constant(name, type_, parse_value(type_, value))

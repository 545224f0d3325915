# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""What interface text says once it is read: types, members, messages, services, actions."""

from dataclasses import dataclass
from dataclasses import replace
from enum import Enum
from typing import Any

from embedded_ros.interfaces.primitives import Primitive
from embedded_ros.interfaces.primitives import PRIMITIVES
from embedded_ros.interfaces.primitives import STRING_TYPES


class Container(Enum):
    """How many values a field holds."""

    ONE = 'one'
    ARRAY = 'array'
    SEQUENCE = 'sequence'


@dataclass(frozen=True)
class FieldType:
    """The type of a field."""

    name: str
    """IDL name of a primitive ('double'), or the name of a message ('Header')."""

    package: str = ''
    """Where the message lives; empty for primitives and strings."""

    kind: str = 'msg'
    """'msg', or 'action' for the goal, result and feedback inside an action's own messages."""

    string_bound: int | None = None
    container: Container = Container.ONE

    size: int | None = None
    """Length of an array, upper bound of a sequence (None: unbounded)."""

    @property
    def is_message(self) -> bool:
        return bool(self.package)

    @property
    def is_string(self) -> bool:
        return self.name in STRING_TYPES and not self.package

    @property
    def primitive(self) -> Primitive | None:
        """The number-like primitive of this type or of its elements."""
        return None if self.package else PRIMITIVES.get(self.name)

    @property
    def is_number(self) -> bool:
        """Integers and floats, one or many; not bool and byte, which rosidl keeps in lists."""
        return self.primitive is not None and bool(self.primitive.dtype)

    @property
    def is_packed(self) -> bool:
        """Held as one block of machine numbers: array.array (sequence) or numpy (array)."""
        return self.is_number and self.container is not Container.ONE

    @property
    def element(self) -> 'FieldType':
        """The type of one value of an array or sequence."""
        return replace(self, container=Container.ONE, size=None)

    @property
    def python_name(self) -> str:
        """The name of the Python type of one value, as rosidl's messages print it."""
        if self.is_string:
            return 'str'
        return self.primitive.python_type.__name__ if self.primitive else self.name

    def __str__(self) -> str:
        """Rosidl's own notation, as in get_fields_and_field_types()."""
        text = f'{self.package}/{self.name}' if self.package else self.name
        if self.string_bound is not None:
            text += f'<{self.string_bound}>'
        if self.container is Container.ARRAY:
            return f'{text}[{self.size}]'
        if self.container is Container.SEQUENCE:
            return f'sequence<{text}>' if self.size is None else f'sequence<{text}, {self.size}>'
        return text


@dataclass(frozen=True)
class Field:
    """One field of a message."""

    name: str
    type: FieldType
    default: Any = None
    """Plain Python value or list of values; None where the text gives no default."""


@dataclass(frozen=True)
class Constant:
    """One constant of a message."""

    name: str
    type: FieldType
    value: Any


@dataclass(frozen=True)
class InterfaceSpec:
    """What all interfaces have: a place and a name."""

    package: str
    kind: str
    name: str

    @property
    def full_name(self) -> str:
        """As graphs show it: std_msgs/msg/String."""
        return f'{self.package}/{self.kind}/{self.name}'


@dataclass(frozen=True)
class MessageSpec(InterfaceSpec):
    """A message, or one part of a service or action."""

    fields: tuple[Field, ...]
    constants: tuple[Constant, ...] = ()


@dataclass(frozen=True)
class ServiceSpec(InterfaceSpec):
    """A service: two messages, named <Name>_Request and <Name>_Response."""

    request: MessageSpec
    response: MessageSpec


@dataclass(frozen=True)
class ActionSpec(InterfaceSpec):
    """An action: three messages, named <Name>_Goal, <Name>_Result and <Name>_Feedback."""

    goal: MessageSpec
    result: MessageSpec
    feedback: MessageSpec

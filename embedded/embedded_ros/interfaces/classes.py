# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""Makes message classes that behave as those rosidl_generator_py (humble) writes."""

from collections.abc import Callable
from copy import copy
from dataclasses import dataclass
from operator import attrgetter
from typing import Any
from typing import ClassVar

import numpy

from embedded_ros.interfaces.checks import acceptance
from embedded_ros.interfaces.initial import default_maker
from embedded_ros.interfaces.initial import keyword_converter
from embedded_ros.interfaces.specification import Container
from embedded_ros.interfaces.specification import Field
from embedded_ros.interfaces.specification import FieldType
from embedded_ros.interfaces.specification import InterfaceSpec
from embedded_ros.interfaces.specification import MessageSpec

Resolve = Callable[[FieldType], type]
"""Finds the class of a message type."""


class InterfaceType(type):
    """Metaclass of messages, services and actions: carries what rclpy calls type support.

    rclpy asks whether these attributes are None, and has them set by __import_type_support__.
    There is no C type support behind them here: the interface's name stands in.
    Each interface has a metaclass of its own, so that its constants can not be assigned.
    """

    _TYPE_SUPPORT = None
    _SUPPORT_NAMES: ClassVar[tuple[str, ...]] = ('_TYPE_SUPPORT',)
    _INTERFACE_NAME = ''

    @classmethod
    def __import_type_support__(cls) -> None:
        for name in cls._SUPPORT_NAMES:
            setattr(cls, name, cls._INTERFACE_NAME)


class MessageType(InterfaceType):
    """Metaclass of messages."""

    _CREATE_ROS_MESSAGE = None
    _CONVERT_FROM_PY = None
    _CONVERT_TO_PY = None
    _DESTROY_ROS_MESSAGE = None
    _SUPPORT_NAMES = (
        '_TYPE_SUPPORT',
        '_CREATE_ROS_MESSAGE',
        '_CONVERT_FROM_PY',
        '_CONVERT_TO_PY',
        '_DESTROY_ROS_MESSAGE',
    )


@dataclass(frozen=True)
class FieldPlan:
    """One field, made ready for use by the class that holds it."""

    name: str
    slot: str
    type: FieldType
    message_class: type | None
    make_default: Callable[[], Any]
    convert_keyword: Callable[[Any], Any]


class Message:
    """Base of all message classes."""

    __slots__ = ()
    # Upper case, as fields are lower case: a field `plan` takes the name `_plan`.
    _SPECIFICATION: ClassVar[MessageSpec]
    _PLANS: ClassVar[tuple[FieldPlan, ...]] = ()
    _fields_and_field_types: ClassVar[dict[str, str]] = {}

    def __init__(self, **kwargs: Any) -> None:
        assert kwargs.keys() <= self._fields_and_field_types.keys(), (
            'Invalid arguments passed to constructor: '
            + ', '.join(sorted(kwargs.keys() - self._fields_and_field_types.keys()))
        )
        for plan in self._PLANS:
            if plan.name in kwargs:
                setattr(self, plan.name, plan.convert_keyword(kwargs[plan.name]))
            else:
                setattr(self, plan.slot, plan.make_default())

    def __repr__(self) -> str:
        module = self.__class__.__module__.rpartition('.')[0]
        fields = ', '.join(
            f'{plan.name}={_shown(plan.type, getattr(self, plan.slot))}' for plan in self._PLANS
        )
        return f'{module}.{self.__class__.__name__}({fields})'

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, self.__class__):
            return False
        return all(
            _equal(getattr(self, plan.slot), getattr(other, plan.slot)) for plan in self._PLANS
        )

    @classmethod
    def get_fields_and_field_types(cls) -> dict[str, str]:
        """Field names and their types in rosidl's notation; a copy."""
        return copy(cls._fields_and_field_types)


def _shown(type_: FieldType, value: Any) -> str:
    if type_.is_packed and type_.container is Container.SEQUENCE:
        return repr(value.tolist())
    return repr(value)


def _equal(one: Any, other: Any) -> bool:
    # humble calls fixed arrays equal while any element is; that is its bug, not a rule.
    if isinstance(one, numpy.ndarray):
        return numpy.array_equal(one, other)
    return one == other


def make_message_class(spec: MessageSpec, module: str, resolve: Resolve) -> type[Message]:
    """The class of a message; `module` is where importers see it, as std_msgs.msg._string."""
    constants = {constant.name: constant.value for constant in spec.constants}
    plans, properties = [], {}
    for field in spec.fields:
        message_class = resolve(field.type) if field.type.is_message else None
        plans.append(_plan(field, message_class))
        properties[field.name] = _property(field, message_class)
    defaults = {
        f'{field.name.upper()}__DEFAULT': plan.make_default
        for field, plan in zip(spec.fields, plans, strict=True)
        if field.default is not None
    }
    namespace = {
        **constants,
        **{name: make() for name, make in defaults.items()},
        **properties,
        '__slots__': [plan.slot for plan in plans],
        '_PLANS': tuple(plans),
        '_fields_and_field_types': {field.name: str(field.type) for field in spec.fields},
    }
    fixed = {
        **{name: _read_only(lambda value=value: value) for name, value in constants.items()},
        **{name: _read_only(make) for name, make in defaults.items()},
    }
    return make_class(spec, module, Message, MessageType, namespace, fixed)


def make_class(
    spec: InterfaceSpec,
    module: str,
    base: type,
    metabase: type,
    namespace: dict[str, Any],
    fixed: dict[str, property] | None = None,
) -> type:
    """An interface's class under its own metaclass; `fixed` are the metaclass's properties."""
    metaclass = type(
        f'Metaclass_{spec.name}',
        (metabase,),
        {'__module__': module, '_INTERFACE_NAME': spec.full_name, **(fixed or {})},
    )
    return metaclass(
        spec.name,
        (base,),
        {
            '__module__': module,
            '__doc__': f'{spec.full_name}.',
            '_SPECIFICATION': spec,
            **namespace,
        },
    )


def _plan(field: Field, message_class: type | None) -> FieldPlan:
    return FieldPlan(
        name=field.name,
        slot=f'_{field.name}',
        type=field.type,
        message_class=message_class,
        make_default=default_maker(field, message_class),
        convert_keyword=keyword_converter(field),
    )


def _property(field: Field, message_class: type | None) -> property:
    slot = f'_{field.name}'
    accept = acceptance(field, message_class)

    def set_field(self: Message, value: Any) -> None:
        setattr(self, slot, accept(value))

    return property(attrgetter(slot), set_field, doc=f"Message field '{field.name}'.")


def _read_only(make: Callable[[], Any]) -> property:
    return property(lambda cls: make())

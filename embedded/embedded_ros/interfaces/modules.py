# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""The modules that importers see: `std_msgs.msg`, `std_msgs.msg._string`; filled when asked."""

from functools import cache
from functools import partial
import re
import sys
from threading import RLock
from types import ModuleType
from typing import Any

from embedded_ros.interfaces.catalog import interface_names
from embedded_ros.interfaces.catalog import read_interface
from embedded_ros.interfaces.classes import make_message_class
from embedded_ros.interfaces.composites import make_action_classes
from embedded_ros.interfaces.composites import make_service_classes
from embedded_ros.interfaces.packages import PATH_VARIABLE
from embedded_ros.interfaces.specification import ActionSpec
from embedded_ros.interfaces.specification import FieldType
from embedded_ros.interfaces.specification import InterfaceSpec
from embedded_ros.interfaces.specification import MessageSpec
from embedded_ros.interfaces.specification import ServiceSpec

# Two threads may ask for one class at once; it must be made once. Making one asks for others.
_building = RLock()


class LeafModule(ModuleType):
    """One interface file, as std_msgs.msg._string: its classes and their metaclasses."""

    def __init__(self, package: str, kind: str, interface: str) -> None:
        super().__init__(f'{package}.{kind}._{snake_case(interface)}')
        self.__interface__ = (package, kind, interface)

    def __getattr__(self, name: str) -> Any:
        if name.startswith('__'):
            raise AttributeError(name)
        with _building:
            if '__classes__' not in vars(self):
                self.__classes__ = _make_classes(
                    read_interface(*self.__interface__), self.__name__
                )
                for cls in self.__classes__:
                    setattr(self, cls.__name__, cls)
                    setattr(self, cls.__class__.__name__, cls.__class__)
        if name not in vars(self):
            raise AttributeError(f'module {self.__name__!r} has no attribute {name!r}')
        return vars(self)[name]


class KindModule(ModuleType):
    """All interfaces of one kind of a package, as std_msgs.msg; reads a file when asked for it."""

    def __init__(self, package: str, kind: str, interfaces: list[str]) -> None:
        super().__init__(f'{package}.{kind}')
        self.__path__: list[str] = []
        self.__all__ = interfaces
        for interface in interfaces:
            leaf = LeafModule(package, kind, interface)
            setattr(self, leaf.__name__.rpartition('.')[2], leaf)
            # The import system finds it here: leaf modules need no finder.
            sys.modules[leaf.__name__] = leaf

    def __getattr__(self, name: str) -> type:
        interface = name if name in self.__all__ else name.partition('_')[0]
        if interface not in self.__all__:
            raise AttributeError(f'module {self.__name__!r} has no attribute {name!r}')
        cls = getattr(vars(self)[f'_{snake_case(interface)}'], name)
        setattr(self, name, cls)
        return cls

    def __dir__(self) -> list[str]:
        return sorted({*vars(self), *self.__all__})


def load_submodule(package: str, kind: str) -> KindModule:
    """The module `package.kind`; the same object each time.

    Raises ModuleNotFoundError where the package has no interfaces of that kind.
    """
    with _building:
        return _kind_module(package, kind)


@cache
def _kind_module(package: str, kind: str) -> KindModule:
    interfaces = interface_names(package, kind)
    if not interfaces:
        raise ModuleNotFoundError(
            f'package {package!r} has no {kind!r} interfaces', name=f'{package}.{kind}'
        )
    return KindModule(package, kind, interfaces)


def snake_case(name: str) -> str:
    """`GoalStatusArray` -> `goal_status_array`, by the rule of rosidl_cmake (__init__.py)."""
    name = re.sub(r'(.)([A-Z][a-z]+)', r'\1_\2', name)
    return re.sub(r'([a-z0-9])([A-Z])', r'\1_\2', name).lower()


def _make_classes(spec: InterfaceSpec, module: str) -> list[type]:
    resolve = partial(_load_class, spec.full_name)
    match spec:
        case MessageSpec():
            return [make_message_class(spec, module, resolve)]
        case ServiceSpec():
            return make_service_classes(spec, module, resolve)
        case ActionSpec():
            return make_action_classes(spec, module, resolve)
    raise TypeError(f'{spec!r} is neither message, service nor action')


def _load_class(wanted_by: str, type_: FieldType) -> type:
    try:
        module = load_submodule(type_.package, type_.kind)
    except ModuleNotFoundError:
        module = None
    if module is None or type_.name not in module.__all__:
        raise ImportError(
            f'{wanted_by} needs {type_.package}/{type_.kind}/{type_.name}, which is not known '
            f'({PATH_VARIABLE} adds folders of interface packages)'
        )
    return getattr(module, type_.name)

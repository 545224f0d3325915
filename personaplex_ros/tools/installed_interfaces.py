# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""Interface types as the Python modules that rosidl generated; needs no running graph."""

from collections.abc import Mapping
import importlib
from typing import Any

from personaplex_ros.tools.interfaces import NotChecked
from personaplex_ros.tools.interfaces import UnknownType

_CALLER_FILLS = {'srv': 'Request', 'action': 'Goal'}


def interface_class(type_name: str) -> Any:
    """Return the class of package/msg/Name, package/srv/Name or package/action/Name.

    Raises UnknownType that says what is missing.
    """
    package, folder, name = type_name.split('/')
    try:
        module = importlib.import_module(f'{package}.{folder}')
        interface = getattr(module, name, None)  # the embedded graph loads a type only here
    except ImportError as error:
        raise UnknownType(f'package {package!r} is not installed here ({error})') from None
    if interface is None:
        raise UnknownType(f'package {package!r} has no {folder}/{name}')
    return interface


class InstalledInterfaces:
    """What is installed, or built into the sourced workspace."""

    def fields(self, type_name: str) -> Mapping[str, str]:
        """Return the fields a caller fills in. Raises UnknownType."""
        interface = interface_class(type_name)
        folder = type_name.split('/')[1]
        filled = getattr(interface, _CALLER_FILLS.get(folder, ''), interface)
        return filled.get_fields_and_field_types()


class InterfacesHere(InstalledInterfaces):
    """What is installed; other types are noted and believed: the robot may have them."""

    def __init__(self) -> None:
        self.absent: dict[str, str] = {}
        """Types that are not installed here, and why."""

    def fields(self, type_name: str) -> Mapping[str, str]:
        """Return the fields a caller fills in. Raises NotChecked."""
        try:
            return super().fields(type_name)
        except UnknownType as error:
            self.absent[type_name] = str(error)
            raise NotChecked(str(error)) from None

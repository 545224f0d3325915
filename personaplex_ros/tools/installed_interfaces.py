# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""Interface types as the Python modules that rosidl generated; needs no running graph."""

from collections.abc import Mapping
import importlib
from importlib.util import find_spec
import sys
from typing import Any

from personaplex_ros.tools.interfaces import MissingPackage
from personaplex_ros.tools.interfaces import NotChecked
from personaplex_ros.tools.interfaces import UnknownType

_CALLER_FILLS = {'srv': 'Request', 'action': 'Goal'}
_FOLDERS = ('msg', 'srv', 'action')


def interface_class(type_name: str) -> Any:
    """Return the class of package/msg/Name, package/srv/Name or package/action/Name.

    Raises UnknownType that says what is missing, MissingPackage where it is a package.
    """
    package, folder, name = type_name.split('/')
    interface = None
    try:
        if _is_there(package, folder):
            module = importlib.import_module(f'{package}.{folder}')
            interface = getattr(module, name, None)  # the embedded graph loads a type only here
        elif not any(_is_there(package, other) for other in _FOLDERS):
            raise ImportError('there are no interfaces in it')
    except ImportError as error:
        raise MissingPackage(f'package {package!r} is not installed here ({error})') from None
    if interface is None:
        raise UnknownType(f'package {package!r} has no {folder}/{name} here')
    return interface


def _is_there(package: str, folder: str) -> bool:
    """Whether a package has a kind of interfaces; a Python package of that name may have none.

    Raises ImportError without the package.
    """
    name = f'{package}.{folder}'
    return name in sys.modules or find_spec(name) is not None


class InstalledInterfaces:
    """What is installed, or built into the sourced workspace."""

    def fields(self, type_name: str) -> Mapping[str, str]:
        """Return the fields a caller fills in. Raises UnknownType."""
        interface = interface_class(type_name)
        folder = type_name.split('/')[1]
        filled = getattr(interface, _CALLER_FILLS.get(folder, ''), interface)
        return filled.get_fields_and_field_types()


class InterfacesHere(InstalledInterfaces):
    """What is installed; types of other packages are noted and believed: the robot may have them.

    A package that is here and has no such type is a mistake: a name was misspelt.
    """

    def __init__(self) -> None:
        self.absent: dict[str, str] = {}
        """Types of packages that are not installed here, and why."""

    def fields(self, type_name: str) -> Mapping[str, str]:
        """Return the fields a caller fills in. Raises UnknownType or NotChecked."""
        try:
            return super().fields(type_name)
        except MissingPackage as error:
            self.absent[type_name] = str(error)
            raise NotChecked(str(error)) from None

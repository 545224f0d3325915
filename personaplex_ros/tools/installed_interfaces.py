# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""Interface types as the Python modules that rosidl generated; needs no running graph."""

from collections.abc import Mapping
import importlib
from typing import Any

from personaplex_ros.tools.interfaces import UnknownType

_CALLER_FILLS = {'srv': 'Request', 'action': 'Goal'}


class InstalledInterfaces:
    """What is installed, or built into the sourced workspace."""

    def fields(self, type_name: str) -> Mapping[str, str]:
        """Return the fields a caller fills in. Raises UnknownType."""
        package, folder, name = type_name.split('/')
        interface: Any = getattr(_module(f'{package}.{folder}', package), name, None)
        if interface is None:
            raise UnknownType(f'package {package!r} has no {folder}/{name}')
        filled = getattr(interface, _CALLER_FILLS.get(folder, ''), interface)
        return filled.get_fields_and_field_types()


def _module(name: str, package: str) -> Any:
    try:
        return importlib.import_module(name)
    except ImportError as error:
        raise UnknownType(f'package {package!r} is not installed here ({error})') from None

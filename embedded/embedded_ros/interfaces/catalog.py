# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""Finds and reads interface text."""

from pathlib import Path

from embedded_ros.interfaces.packages import package_folders
from embedded_ros.interfaces.packages import PATH_VARIABLE
from embedded_ros.interfaces.parser import parse_action
from embedded_ros.interfaces.parser import parse_message
from embedded_ros.interfaces.parser import parse_service
from embedded_ros.interfaces.specification import InterfaceSpec

_PARSERS = {'msg': parse_message, 'srv': parse_service, 'action': parse_action}


def interface_names(package: str, kind: str) -> list[str]:
    """Names of a package's interfaces of one kind, sorted; empty where it has none."""
    folder = package_folders().get(package)
    if folder is None or kind not in _PARSERS:
        return []
    return sorted(path.stem for path in Path(folder, kind).glob(f'*.{kind}'))


def read_interface(package: str, kind: str, name: str) -> InterfaceSpec:
    """Parse one interface.

    Raises LookupError for one that is not there, InterfaceTextError for wrong text.
    """
    folders = package_folders()
    if package not in folders:
        raise LookupError(
            f'no interface package {package!r} (have {", ".join(sorted(folders))}; '
            f'{PATH_VARIABLE} adds folders)'
        )
    path = Path(folders[package], kind, f'{name}.{kind}')
    if not path.is_file():
        raise LookupError(f'no interface {package}/{kind}/{name}: {path} does not exist')
    return _PARSERS[kind](package, name, path.read_text(encoding='utf-8'), str(path))

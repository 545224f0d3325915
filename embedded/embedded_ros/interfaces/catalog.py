# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""Finds interface text: the definitions beside this file, the source tree's own, the user's."""

from collections.abc import Mapping
from functools import cache
import os
from pathlib import Path
import re

from embedded_ros.interfaces.parser import parse_action
from embedded_ros.interfaces.parser import parse_message
from embedded_ros.interfaces.parser import parse_service
from embedded_ros.interfaces.specification import InterfaceSpec

PATH_VARIABLE = 'EMBEDDED_ROS_INTERFACE_PATH'
"""Folders separated by os.pathsep, each holding <package>/{msg,srv,action}/."""

DEFINITIONS = Path(__file__).parent / 'definitions'
SOURCE_TREE = Path(__file__).parents[3]

_PARSERS = {'msg': parse_message, 'srv': parse_service, 'action': parse_action}

KINDS = tuple(_PARSERS)


class Catalog:
    """Interface packages and the folders that hold their text."""

    def __init__(self, packages: Mapping[str, Path]) -> None:
        """Serve the packages given as name -> folder holding msg/, srv/ and action/."""
        self._packages = dict(packages)

    def packages(self) -> list[str]:
        """Names of all packages, sorted."""
        return sorted(self._packages)

    def names(self, package: str, kind: str) -> list[str]:
        """Names of a package's interfaces of one kind, sorted; empty where it has none."""
        folder = self._packages.get(package)
        if folder is None or kind not in _PARSERS:
            return []
        return sorted(path.stem for path in (folder / kind).glob(f'*.{kind}'))

    def read(self, package: str, kind: str, name: str) -> InterfaceSpec:
        """Parse one interface.

        Raises LookupError for one that is not in the catalogue, InterfaceTextError for wrong text.
        """
        if package not in self._packages:
            raise LookupError(
                f'no interface package {package!r} (have {", ".join(self.packages())}; '
                f'{PATH_VARIABLE} adds folders)'
            )
        path = self._packages[package] / kind / f'{name}.{kind}'
        if not path.is_file():
            raise LookupError(f'no interface {package}/{kind}/{name}: {path} does not exist')
        return _PARSERS[kind](package, name, path.read_text(encoding='utf-8'), str(path))


@cache
def installed_catalog() -> Catalog:
    """The catalogue that imports are served from, found on first use.

    Where two folders hold the same package the later one wins: definitions/, source tree, user's.
    """
    found = _packages_in(DEFINITIONS) | _package_of(SOURCE_TREE)
    for folder in os.environ.get(PATH_VARIABLE, '').split(os.pathsep):
        if folder:
            found |= _packages_in(Path(folder))
    return Catalog(found)


def _packages_in(root: Path) -> dict[str, Path]:
    if not root.is_dir():
        return {}
    return {path.name: path for path in root.iterdir() if _holds_interfaces(path)}


def _package_of(tree: Path) -> dict[str, Path]:
    """The ROS package whose package.xml lies in the root of this source tree."""
    manifest = tree / 'package.xml'
    if not manifest.is_file() or not _holds_interfaces(tree):
        return {}
    name = re.search(r'<name>\s*(\w+)\s*</name>', manifest.read_text(encoding='utf-8'))
    return {name[1]: tree} if name else {}


def _holds_interfaces(folder: Path) -> bool:
    return any((folder / kind).is_dir() for kind in KINDS)

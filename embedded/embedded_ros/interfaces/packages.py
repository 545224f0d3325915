# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""Which interface packages there are, and in which folders.

The import hook asks here for every name that nobody else could import, in every interpreter
(pickle alone tries one), often while numpy is half imported. So this module imports next to
nothing, and looks at the disk once.
"""

from functools import cache
import os

PATH_VARIABLE = 'EMBEDDED_ROS_INTERFACE_PATH'
"""Folders separated by os.pathsep, each holding <package>/{msg,srv,action}/."""

KINDS = ('msg', 'srv', 'action')

DEFINITIONS = os.path.join(os.path.dirname(os.path.abspath(__file__)), 'definitions')
SOURCE_TREE = os.path.abspath(os.path.join(DEFINITIONS, *[os.pardir] * 4))
"""Beside embedded/ lies the package.xml of the package whose nodes run here, with its msg/."""


def known_package(name: str) -> bool:
    """Whether there are interfaces of this package."""
    return name in package_folders()


@cache
def package_folders() -> dict[str, str]:
    """Package name -> folder that holds its msg/, srv/ and action/.

    Where two roots hold the same package the later one wins: definitions/, source tree, user's.
    """
    found = {**_packages_in(DEFINITIONS), **_package_of(SOURCE_TREE)}
    for root in os.environ.get(PATH_VARIABLE, '').split(os.pathsep):
        if os.path.isdir(root):
            found.update(_packages_in(root))
    return found


def _packages_in(root: str) -> dict[str, str]:
    return {entry.name: entry.path for entry in os.scandir(root) if _holds_interfaces(entry.path)}


def _package_of(tree: str) -> dict[str, str]:
    manifest = os.path.join(tree, 'package.xml')
    if not os.path.isfile(manifest) or not _holds_interfaces(tree):
        return {}
    with open(manifest, encoding='utf-8') as file:
        name = file.read().partition('<name>')[2].partition('</name>')[0].strip()
    return {name: tree}


def _holds_interfaces(folder: str) -> bool:
    return any(os.path.isdir(os.path.join(folder, kind)) for kind in KINDS)

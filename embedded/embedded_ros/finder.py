# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""The import hook: serves rclpy and interface packages, and only where no ROS 2 is there.

It stands last on sys.meta_path, so it is asked only for names nobody else can import. The first
time it could serve one it looks for a real rclpy; where there is one, it declines everything for
the life of the process: a sourced ROS 2 is never touched, and never mixed with this one.

Every interpreter start runs this module, so it imports nothing; how to load is in loaders.py.
"""

from __future__ import annotations

import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from importlib.machinery import ModuleSpec

EXTENSION_NAMES = (
    'rclpy._rclpy_pybind11',
    'test_rclpy._rclpy_pybind11',  # where rclpy's own tests take it from
)
STAND_INS = ('ament_index_python', 'rpyutils')
INTERFACE_KINDS = ('msg', 'srv', 'action')


class EmbeddedFinder:
    """A meta path finder for the names of the embedded graph."""

    def __init__(self) -> None:
        self._ros_is_installed: bool | None = None

    def find_spec(
        self,
        fullname: str,
        path: Sequence[str] | None = None,
        target: object = None,
    ) -> ModuleSpec | None:
        """Return how to import a name, None for one that is not ours.

        Raises ModuleNotFoundError for rclpy where its Python layer was not installed.
        """
        if not _is_ours(fullname) or self._finds_real_rclpy():
            return None
        from embedded_ros import loaders

        return loaders.spec_of(fullname)

    def _finds_real_rclpy(self) -> bool:
        if self._ros_is_installed is None:
            self._ros_is_installed = 'rclpy' in sys.modules or any(
                finder.find_spec('rclpy', None)
                for finder in sys.meta_path
                if finder is not self and hasattr(finder, 'find_spec')
            )
        return self._ros_is_installed


def _is_ours(fullname: str) -> bool:
    package, _, rest = fullname.partition('.')
    if fullname == 'rclpy' or fullname in STAND_INS or fullname in EXTENSION_NAMES:
        return True
    if package == 'embedded_ros' or (rest and rest not in INTERFACE_KINDS):
        return False
    from embedded_ros.interfaces import known_package

    return known_package(package)

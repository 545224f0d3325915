# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""The import hook: serves rclpy and interface packages, and only where no ROS 2 is there.

It stands last on sys.meta_path, so it is asked only for names nobody else can import. The first
time it could serve one it looks for a real rclpy; where there is one, it declines everything for
the life of the process: a sourced ROS 2 is never touched, and never mixed with this one.
"""

from collections.abc import Sequence
import importlib
from importlib.machinery import ModuleSpec
import importlib.util
import os
from pathlib import Path
import sys
from types import ModuleType

LAYER_VARIABLE = 'EMBEDDED_ROS_RCLPY_LAYER'

_EXTENSION_NAMES = (
    'rclpy._rclpy_pybind11',
    'test_rclpy._rclpy_pybind11',       # where rclpy's own tests take it from
)
_STAND_INS = {
    'ament_index_python': 'embedded_ros.stand_ins.ament_index_python',
    'rpyutils': 'embedded_ros.stand_ins.rpyutils',
}
_INTERFACE_KINDS = ('msg', 'srv', 'action')


def layer_folder() -> Path:
    """Return the private folder that holds (or will hold) the Python layer of rclpy."""
    default = os.path.join(sys.prefix, 'share', 'embedded_ros', 'rclpy_layer')
    return Path(os.environ.get(LAYER_VARIABLE) or default)


class EmbeddedFinder:
    """A meta path finder for the names of the embedded graph."""

    def __init__(self) -> None:
        self._real_rclpy: bool | None = None

    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: object = None,
    ) -> ModuleSpec | None:
        """Return how to import a name, None for one that is not ours."""
        package, _, rest = fullname.partition('.')
        if rest and fullname not in _EXTENSION_NAMES and rest not in _INTERFACE_KINDS:
            return None
        if package == 'embedded_ros' or not self._could_serve(package):
            return None
        if self._ros_is_installed():
            return None
        if fullname == 'rclpy':
            return _layer_spec()
        if fullname in _EXTENSION_NAMES:
            return _alias_spec(fullname, 'embedded_ros.extension')
        if fullname in _STAND_INS:
            return _alias_spec(fullname, _STAND_INS[fullname])
        return _interface_spec(package, rest)

    def _could_serve(self, package: str) -> bool:
        if package in ('rclpy', 'test_rclpy') or package in _STAND_INS:
            return True
        from embedded_ros.interfaces import known_package
        return known_package(package)

    def _ros_is_installed(self) -> bool:
        if self._real_rclpy is None:
            self._real_rclpy = self._find_real_rclpy()
        return self._real_rclpy

    def _find_real_rclpy(self) -> bool:
        if 'rclpy' in sys.modules:
            return True
        for finder in sys.meta_path:
            find_spec = getattr(finder, 'find_spec', None)
            if finder is not self and find_spec is not None and find_spec('rclpy', None):
                return True
        return False


class _AliasLoader:
    """Makes a name stand for a module that is imported under another one."""

    def __init__(self, real_name: str) -> None:
        self._real_name = real_name

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        """Return the real module."""
        return importlib.import_module(self._real_name)

    def exec_module(self, module: ModuleType) -> None:
        """Do nothing: the real module was executed under its own name."""


class _InterfaceLoader:
    """Makes `<package>`, or one of its msg, srv and action modules."""

    def __init__(self, package: str, kind: str) -> None:
        self._package = package
        self._kind = kind

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        """Return the module with the classes; None (a plain module) for the package itself."""
        if not self._kind:
            return None
        from embedded_ros.interfaces import load_submodule
        return load_submodule(self._package, self._kind)

    def exec_module(self, module: ModuleType) -> None:
        """Do nothing: there is no code."""


def _layer_spec() -> ModuleSpec:
    package = layer_folder() / 'rclpy'
    if not (package / '__init__.py').is_file():
        raise ModuleNotFoundError(
            f'no ROS 2 is installed, and the Python layer of rclpy for the embedded graph is not '
            f'in {package.parent}: run `make setup` (or python -m embedded_ros.install_layer)',
            name='rclpy')
    return importlib.util.spec_from_file_location(
        'rclpy', package / '__init__.py', submodule_search_locations=[str(package)])


def _alias_spec(name: str, real_name: str) -> ModuleSpec:
    return ModuleSpec(name, _AliasLoader(real_name), origin=real_name)


def _interface_spec(package: str, kind: str) -> ModuleSpec | None:
    from embedded_ros.interfaces import load_submodule
    if kind:
        try:
            load_submodule(package, kind)
        except ModuleNotFoundError:
            return None
    name = f'{package}.{kind}' if kind else package
    return ModuleSpec(name, _InterfaceLoader(package, kind), is_package=True)

# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""How the names of the embedded graph are loaded, once the finder decided to serve them."""

import importlib
from importlib.machinery import ModuleSpec
import importlib.util
import os
from pathlib import Path
import sys
from types import ModuleType

from embedded_ros.finder import EXTENSION_NAMES
from embedded_ros.finder import STAND_INS

LAYER_VARIABLE = 'EMBEDDED_ROS_RCLPY_LAYER'


def layer_folder() -> Path:
    """Return the private folder that holds (or will hold) the Python layer of rclpy."""
    default = os.path.join(sys.prefix, 'share', 'embedded_ros', 'rclpy_layer')
    return Path(os.environ.get(LAYER_VARIABLE) or default)


def spec_of(fullname: str) -> ModuleSpec | None:
    """Return how to import a name; None for a kind of interface that its package does not have.

    Raises ModuleNotFoundError for rclpy where its Python layer was not installed.
    """
    if fullname == 'rclpy':
        return _layer_spec()
    if fullname in EXTENSION_NAMES:
        return ModuleSpec(fullname, AliasLoader('embedded_ros.extension'))
    if fullname in STAND_INS:
        return ModuleSpec(fullname, AliasLoader(f'embedded_ros.stand_ins.{fullname}'))
    package, _, kind = fullname.partition('.')
    if not kind:
        return ModuleSpec(fullname, PackageLoader(), is_package=True)
    from embedded_ros.interfaces import load_submodule

    try:
        module = load_submodule(package, kind)
    except ModuleNotFoundError:
        return None
    return ModuleSpec(fullname, ReadyLoader(module), is_package=True)


class ReadyLoader:
    """Serves a module that needs no execution."""

    def __init__(self, module: ModuleType) -> None:
        self._module = module

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        """Return the module."""
        return self._module

    def exec_module(self, module: ModuleType) -> None:
        """Do nothing: the module is complete."""


class AliasLoader:
    """Makes a name stand for a module that is imported under another one."""

    def __init__(self, real_name: str) -> None:
        self._real_name = real_name

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        """Return the real module."""
        return importlib.import_module(self._real_name)

    def exec_module(self, module: ModuleType) -> None:
        """Do nothing: the real module was executed under its own name."""


class PackageLoader:
    """Makes an interface package itself: an empty module, whose msg and srv are found by name."""

    def create_module(self, spec: ModuleSpec) -> None:
        """Return None: a plain module will do."""

    def exec_module(self, module: ModuleType) -> None:
        """Do nothing: there is no code."""


def _layer_spec() -> ModuleSpec:
    package = layer_folder() / 'rclpy'
    if not (package / '__init__.py').is_file():
        raise ModuleNotFoundError(
            'no ROS 2 is installed, and the Python layer of rclpy for the embedded graph is not '
            f'in {package.parent}: run `make setup` (or python -m embedded_ros.install_layer)',
            name='rclpy',
        )
    return importlib.util.spec_from_file_location(
        'rclpy', package / '__init__.py', submodule_search_locations=[str(package)]
    )

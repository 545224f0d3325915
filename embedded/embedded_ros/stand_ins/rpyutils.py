# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""Stands in for the package rpyutils: how rclpy imports its compiled module."""

from collections.abc import Iterator
from contextlib import contextmanager
import importlib
from types import ModuleType


def import_c_library(name: str, package: str | None = None) -> ModuleType:
    """Import a module, as importlib.import_module does."""
    return importlib.import_module(name, package)


@contextmanager
def add_dll_directories_from_env(env_name: str) -> Iterator[None]:
    """Do nothing for a while: there are no compiled libraries to be found."""
    yield

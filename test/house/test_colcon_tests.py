# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""`colcon test` on a robot: its test modules need what package.xml names, or are skipped."""

import ast
from pathlib import Path
import re
import sys
from xml.etree import ElementTree

import pytest

ROOT = Path(__file__).resolve().parents[2]
OURS = {path.stem for path in (ROOT / 'test').rglob('*.py')} | {'bench', 'fakes'}


def rooms() -> list[str]:
    found = re.search(r'foreach\(room ([\w ]+)\)', (ROOT / 'CMakeLists.txt').read_text())
    assert found is not None
    return found.group(1).split()


def depended_on() -> set[str]:
    """Return what package.xml names, as Python imports it."""
    root = ElementTree.parse(ROOT / 'package.xml').getroot()
    return {(one.text or '').removeprefix('python3-') for one in root if 'depend' in one.tag}


def needed(path: Path) -> set[str]:
    """Return the packages a module imports before anything may skip it."""
    names = set()
    for node in ast.parse(path.read_text(encoding='utf-8')).body:
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module)
        elif 'pytest.importorskip' in ast.unparse(node):
            break
    return {name.split('.')[0] for name in names}


@pytest.mark.parametrize('room', rooms())
def test_a_test_that_colcon_runs_imports_what_package_xml_names_or_is_skipped(room):
    known = depended_on() | OURS | {'personaplex_ros'} | set(sys.stdlib_module_names)
    for path in sorted((ROOT / 'test' / room).rglob('*.py')):
        assert needed(path) <= known, path

# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""Nothing is compiled where that would fail: on a CPU, and where a part for it is missing."""

import os
from pathlib import Path
import subprocess
import sys

import pytest

from personaplex_ros.model import compiling

ROOT = Path(__file__).parents[2]

ON_A_GPU = """
import importlib.machinery
import importlib.util
import os
import shutil
import sysconfig
import torch

real, lacking = importlib.util.find_spec, {lacking!r}
torch.cuda.is_available = lambda: {cuda}
triton = None if 'Triton' in lacking else importlib.machinery.ModuleSpec('triton', None)
importlib.util.find_spec = lambda name: triton if name == 'triton' else real(name)
shutil.which = lambda name: None if 'a C compiler' in lacking else f'/usr/bin/{{name}}'
sysconfig.get_path = lambda *_: '/nowhere' if 'Python.h' in lacking else {headers!r}

import personaplex_ros.model
from moshi.modules.rope import apply_rope

print(repr(os.environ.get('NO_TORCH_COMPILE')), hasattr(apply_rope, '__wrapped__'))
"""
"""Prints the switch, and whether moshi would compile."""


def started(tmp_path: Path, *, lacking=(), cuda: bool = True, switch: str | None = None) -> str:
    """Return what a process finds that imports the model, where this is missing."""
    (tmp_path / 'Python.h').touch()
    environment = os.environ | {'PYTHONPATH': str(ROOT)}
    environment.pop('NO_TORCH_COMPILE', None)
    if switch is not None:
        environment['NO_TORCH_COMPILE'] = switch
    code = ON_A_GPU.format(lacking=lacking, cuda=cuda, headers=str(tmp_path))
    ran = subprocess.run(
        [sys.executable, '-c', code], env=environment, capture_output=True, text=True, timeout=120
    )
    assert not ran.returncode, ran.stderr
    return ran.stdout.strip()


def test_a_gpu_with_all_that_it_takes_is_compiled_for(tmp_path):
    assert started(tmp_path) == 'None True'


@pytest.mark.parametrize('part', ['Triton', 'a C compiler', 'Python.h'])
def test_a_gpu_without_one_part_of_it_is_not(part, tmp_path):
    assert started(tmp_path, lacking=(part,)) == "'1' False"


def test_a_cpu_is_not_compiled_for(tmp_path):
    assert started(tmp_path, cuda=False) == "'1' False"


@pytest.mark.parametrize(
    ('lacking', 'switch', 'found'),
    [((), 'yes', "'yes' False"), (('Triton',), '', "'' True"), (('Triton',), '0', "'0' False")],
)
def test_what_the_user_set_stays(lacking, switch, found, tmp_path):
    assert started(tmp_path, lacking=lacking, switch=switch) == found


@pytest.mark.parametrize(
    ('named', 'there', 'found'),
    [
        (None, {'gcc'}, True),
        (None, {'clang'}, True),
        (None, {'cc'}, False),
        ('gcc-13', {'gcc-13'}, True),
        ('gcc-13', {'gcc'}, False),
    ],
)
def test_a_compiler_is_the_one_that_is_named_or_gcc_or_clang(named, there, found, monkeypatch):
    monkeypatch.delenv('CC', raising=False)
    if named:
        monkeypatch.setenv('CC', named)
    monkeypatch.setattr(compiling.shutil, 'which', lambda name: name if name in there else None)
    assert ('a C compiler' not in compiling.missing_to_compile()) is found


def test_debians_own_scheme_does_not_hide_the_header(tmp_path, monkeypatch):
    (tmp_path / 'Python.h').touch()
    lies_in = {'posix_local': '/usr/local/include/none', 'posix_prefix': str(tmp_path)}
    monkeypatch.setattr(compiling.sysconfig, 'get_default_scheme', lambda: 'posix_local')
    monkeypatch.setattr(compiling.sysconfig, 'get_path', lambda _, scheme: lies_in[scheme])
    assert 'Python.h' not in compiling.missing_to_compile()


def test_one_line_says_what_is_missing_and_what_it_costs(monkeypatch):
    monkeypatch.setattr(compiling, 'missing_to_compile', lambda: ('Triton', 'Python.h'))
    line = compiling.lack_to_compile()
    assert line.startswith('nothing is compiled, since Triton, Python.h are missing: ')
    assert 'ms' in line and '\n' not in line
    monkeypatch.setattr(compiling, 'missing_to_compile', lambda: ())
    assert compiling.lack_to_compile() == ''

# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""Whether what moshi compiles in its first frame can be compiled on this machine."""

from importlib.util import find_spec
import os
from pathlib import Path
import shutil
import sysconfig

SWITCH = 'NO_TORCH_COMPILE'
"""moshi reads it while it is imported; any text but '' turns compiling off (moshi 0.2.13,
utils/compile.py:41)."""

COST = 'a frame of PersonaPlex-7B then starts some 2,700 more small kernels, about 3 to 5 ms'
"""Counted on moshi's classes: 31 more in each of 48 rotary embeddings, 7 in each of 161 norms, 1
in each of 80 gatings; at 1.2 to 2 us each, from a CUDA graph. Not measured."""


def missing_to_compile() -> tuple[str, ...]:
    """Return what torch.compile for a GPU would look for in vain, as people call it.

    Triton builds its launcher with a C compiler against Python's headers (triton 3,
    runtime/build.py); a wheel for a Jetson or a slim image often lacks one of them.
    """
    there = {'Triton': find_spec('triton'), 'a C compiler': _compiler(), 'Python.h': _header()}
    return tuple(name for name, found in there.items() if not found)


def compile_where_possible(cuda: bool) -> None:
    """Turn compiling off where it cannot work, before moshi is imported; a set switch stays.

    cuda: whether torch sees a device; on a CPU it would look for a C++ compiler.
    """
    if not cuda or missing_to_compile():
        os.environ.setdefault(SWITCH, '1')


def lack_to_compile() -> str:
    """Return one line about what is missing and what it costs; '' where nothing is."""
    missing = missing_to_compile()
    if not missing:
        return ''
    verb = 'is' if len(missing) == 1 else 'are'
    return f'nothing is compiled, since {", ".join(missing)} {verb} missing: {COST}'


def _compiler() -> str | None:
    named = os.environ.get('CC')
    if named is not None:
        return shutil.which(named)
    return shutil.which('gcc') or shutil.which('clang')


def _header() -> bool:
    scheme = sysconfig.get_default_scheme()
    if scheme == 'posix_local':  # Debian's own, where nothing lies; Triton turns from it too
        scheme = 'posix_prefix'
    return (Path(sysconfig.get_path('include', scheme)) / 'Python.h').is_file()

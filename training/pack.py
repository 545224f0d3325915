# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""`make pack`: one archive of the synthesisers, WORLD and moshi, for a machine without network.

The voices travel, not their recordings: 20 MB instead of gigabytes, and that machine's cores
render as much as it can learn from. The archive is for the same processor, the same minor
version of Python and a glibc that is not older; torch, numpy, scipy, sentencepiece, safetensors,
einops, PyYAML, huggingface_hub, matplotlib and tqdm must be there.
"""

import argparse
from importlib.util import find_spec
from pathlib import Path
import re
import shutil
import subprocess

from training.arguments import add_home
from training.settings import Home

PROGRAM, LIBRARY = 'flite', 'libespeak-ng.so.1'
SYSTEM_LIBRARIES = re.compile(
    r'(libc|libm|libdl|libpthread|librt|libstdc\+\+|libgcc_s|ld-linux[\w-]*)\.so'
)
"""Every machine has its own."""

MODULES = {'moshi': 'requirements/moshi.txt', 'pyworld': 'requirements/training.txt'}
"""Of Python, and where they are named; WORLD's is compiled."""

ENGLISH = ('en_dict', 'phondata', 'phondata-manifest', 'phonindex', 'phontab', 'intonations')
"""Of espeak-ng's data; lang/gmw and voices/!v beside them."""

ENVIRONMENT = """# Source this before the stages are run.
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
export PATH="$here/bin:$PATH"
export ESPEAK_LIBRARY="$here/lib/libespeak-ng.so.1" ESPEAK_DATA_PATH="$here"
export LD_LIBRARY_PATH="${LD_LIBRARY_PATH:+$LD_LIBRARY_PATH:}$here/lib"
export PYTHONPATH="$here/python:$PYTHONPATH"
"""

LAUNCHER = """#!/bin/sh
here=$(cd "$(dirname "$0")" && pwd)
LD_LIBRARY_PATH="$here/../lib" exec "$here/flite.program" "$@"
"""


def pack(folder: Path) -> None:
    """Fill the folder anew. Raises FileNotFoundError for what is not installed."""
    shutil.rmtree(folder, ignore_errors=True)
    for name in ('bin', 'lib', 'python'):
        (folder / name).mkdir(parents=True)
    program = shutil.which(PROGRAM)
    if program is None:
        raise FileNotFoundError('flite is not installed: apt install flite')
    shutil.copy(program, folder / 'bin' / 'flite.program')
    launcher = folder / 'bin' / 'flite'
    launcher.write_text(LAUNCHER, encoding='utf-8')
    launcher.chmod(0o755)
    library = _library(LIBRARY)
    shutil.copy(library, folder / 'lib' / LIBRARY)
    for path in {*_needed(Path(program)), *_needed(library)}:
        shutil.copy(path, folder / 'lib' / path.name)
    _copy_english(folder / 'espeak-ng-data')
    for name, where in MODULES.items():
        _copy_module(name, where, folder / 'python')
    (folder / 'env.sh').write_text(ENVIRONMENT, encoding='utf-8')


def _library(name: str) -> Path:
    """Find a shared library where the loader would."""
    listed = subprocess.run(
        ['/sbin/ldconfig', '-p'], capture_output=True, text=True, check=True
    ).stdout
    found = re.search(rf'{re.escape(name)} .*=> (\S+)', listed)
    if found is None:
        raise FileNotFoundError(f'{name} is not installed: apt install libespeak-ng1')
    return Path(found.group(1))


def _needed(path: Path) -> list[Path]:
    """Return all libraries that the loader would bring, without the system's own."""
    listed = subprocess.run(['ldd', str(path)], capture_output=True, text=True, check=True).stdout
    found = re.findall(r'(\S+) => (\S+)', listed)
    return [Path(where) for name, where in found if not SYSTEM_LIBRARIES.match(name)]


def _copy_english(folder: Path) -> None:
    """Copy what English needs of the data beside the library."""
    source = _library(LIBRARY).parent / 'espeak-ng-data'
    folder.mkdir()
    for name in ENGLISH:
        if (source / name).exists():
            shutil.copy(source / name, folder / name)
    shutil.copytree(source / 'lang' / 'gmw', folder / 'lang' / 'gmw')
    shutil.copytree(source / 'voices' / '!v', folder / 'voices' / '!v')


def _copy_module(name: str, where: str, folder: Path) -> None:
    """Copy a module and, where it was installed, what is known of its version."""
    spec = find_spec(name)
    if spec is None or spec.origin is None:
        raise FileNotFoundError(f'{name} is not installed: see {where}')
    source, without = Path(spec.origin).parent, shutil.ignore_patterns('__pycache__')
    shutil.copytree(source, folder / name, ignore=without)
    for known in source.parent.glob(f'{name}-*.dist-info'):
        shutil.copytree(known, folder / known.name)


def main() -> None:
    """Pack."""
    parser = argparse.ArgumentParser(description=__doc__)
    add_home(parser)
    folder = Home(parser.parse_args().home).path / 'pack'
    pack(folder)
    archive = Path(shutil.make_archive(str(folder), 'gztar', folder.parent, folder.name))
    print(f'{archive.stat().st_size / 1e6:.1f} MB in {archive}')


if __name__ == '__main__':
    main()

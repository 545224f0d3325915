# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""What is packed runs where nothing of it is installed."""

from importlib.util import find_spec
import os
import subprocess
import sys

import pytest

from training import pack as pack_module
from training.pack import MODULES
from training.pack import pack

HERE = {name: where for name, where in MODULES.items() if find_spec(name)}


@pytest.fixture(scope='module')
def packed(tmp_path_factory):
    folder = tmp_path_factory.mktemp('packed') / 'pack'
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pack_module, 'MODULES', HERE)
        try:
            pack(folder)
        except FileNotFoundError as error:
            pytest.skip(str(error))
    return folder


def sourced(packed, command: str) -> str:
    """Run a command of bash with the packed environment and little else."""
    done = subprocess.run(
        ['bash', '-c', f'. {packed}/env.sh; {command}'],
        capture_output=True,
        text=True,
        check=True,
        env={'PATH': os.environ['PATH'], 'PYTHONPATH': os.pathsep.join(sys.path)},
    )
    return done.stdout.strip()


def run_there(packed, script: str) -> list[str]:
    """Return the words that a line of Python prints with the packed environment."""
    return sourced(packed, f'{sys.executable} -c "{script}"').split()


def test_the_packed_flite_is_the_one_that_speaks(packed, tmp_path):
    assert sourced(packed, 'command -v flite') == str(packed / 'bin' / 'flite')
    sourced(packed, f'flite -voice slt -t hello -o {tmp_path}/hello.wav')
    assert (tmp_path / 'hello.wav').stat().st_size > 10_000


def test_the_packed_espeak_speaks_with_the_packed_data(packed):
    script = (
        'from training.speech.espeak import render; '
        "print(len(render('hello there', 'gmw/en-US+f3', 150, 50).samples)); "
        "print(*{line.split()[-1] for line in open('/proc/self/maps') if 'espeak' in line})"
    )
    samples, *libraries = run_there(packed, script)
    assert int(samples) > 10_000
    assert libraries and all(one.startswith(str(packed / 'lib')) for one in libraries)


@pytest.mark.skipif('pyworld' not in HERE, reason='pyworld is not installed')
def test_the_agent_is_rendered_with_what_is_packed(packed):
    script = (
        'import sys, training.speech.voices as voices; '
        "one = voices.Manner(voices.FLITE, 'rms', 1.0, 100.0, one_note=True); "
        "print(len(voices.render('hello there', one).samples), sys.modules['pyworld'].__file__)"
    )
    samples, where = run_there(packed, script)
    assert int(samples) > 10_000
    assert where.startswith(str(packed / 'python'))


def test_no_library_of_the_system_is_packed(packed):
    names = {path.name.split('.so')[0] for path in (packed / 'lib').iterdir()}
    assert not names & {'libc', 'libm', 'libpthread', 'libstdc++', 'libgcc_s'}

# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""Make .venv ready for `make demo` and `make test`: standard library only, safe to run again."""

from collections.abc import Callable
import hashlib
import os
from pathlib import Path
import shutil
import subprocess
import sys
import time
import urllib.request

ROOT = Path(__file__).resolve().parents[1]
VENV = ROOT / '.venv'
PYTHON = VENV / 'bin' / 'python'
MADE = VENV / '.made'
READY = VENV / '.ready'
LOG = VENV / 'setup.log'
MIN_PYTHON = (3, 10)
PROGRESS_PERIOD_S = 10.0

CPU_BUILDS = 'https://download.pytorch.org/whl/cpu'
"""PyTorch's own index of wheels without CUDA: 200 MB instead of gigabytes."""

GPU_SIGNS = ('/dev/nvidiactl', '/dev/nvgpu', '/etc/nv_tegra_release')
"""NVIDIA's driver on a PC, and on a Jetson."""

ASK_TIMEOUT_S = 5.0

REQUIREMENTS = [ROOT / 'requirements' / f'{name}.txt' for name in ('nodes', 'engine', 'dev')]
MOSHI = ROOT / 'requirements' / 'moshi.txt'
EMBEDDED = ROOT / 'embedded'
INPUTS = [*REQUIREMENTS, MOSHI, ROOT / 'setup.py', EMBEDDED / 'embedded_ros' / 'rclpy_layer.txt']


class SetupError(Exception):
    """Setting up cannot go on; the text is the one line the user sees."""


def main() -> int:
    """Set up what is missing. Returns the exit status."""
    try:
        if sys.version_info < MIN_PYTHON:
            raise SetupError(
                f'Python {sys.version.split()[0]} is too old; 3.10 or newer is needed '
                '(name one with PYTHON=python3.12)'
            )
        fingerprint = _fingerprint()
        if READY.is_file() and READY.read_text() == fingerprint and PYTHON.exists():
            return 0
        begun_s = time.monotonic()
        READY.unlink(missing_ok=True)
        _set_up()
        READY.write_text(fingerprint)
        print(f'setup: ready in {time.monotonic() - begun_s:.0f} s', flush=True)
    except SetupError as error:
        print(f'setup: {error}', file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print('setup: stopped; run it again to go on', file=sys.stderr)
        return 130
    return 0


def _maker() -> str:
    """Say which Python makes the environment, and where: for another one it is made anew."""
    return f'{sys.version}\n{ROOT}\n'


def _fingerprint() -> str:
    """Say all that the environment is made from: where that changes it is brought up to date."""
    digest = hashlib.sha256(_maker().encode())
    for path in INPUTS:
        digest.update(path.read_bytes())
    return digest.hexdigest()


def _set_up() -> None:
    requirements = [argument for path in REQUIREMENTS for argument in ('-r', str(path))]
    steps: list[tuple[str, Callable[[], None]]] = [
        ('Python environment in .venv', _make_venv),
        ('packages (torch is most of it)', lambda: _pip(*_where_torch_is(), *requirements)),
        ('moshi', lambda: _pip('--no-deps', '--require-hashes', '-r', str(MOSHI))),
        ('personaplex_ros', lambda: _pip('--no-deps', '-e', str(ROOT))),
        ('embedded ROS graph, for machines without ROS 2', _install_embedded),
    ]
    for number, (what, step) in enumerate(steps, start=1):
        print(f'setup {number}/{len(steps)}: {what}', flush=True)
        step()


def _make_venv() -> None:
    """Make .venv, also where the distribution split venv's pip off (Debian, Ubuntu).

    One that is whole is kept: a robot or a test may be running from it, and pip changes only what
    has to change. What is required no more stays in it until `make clean`.
    """
    if PYTHON.exists() and MADE.is_file() and MADE.read_text() == _maker():
        return
    if VENV.exists():
        shutil.rmtree(VENV)
    if subprocess.run([sys.executable, '-m', 'venv', str(VENV)], capture_output=True).returncode:
        shutil.rmtree(VENV, ignore_errors=True)
        _run([sys.executable, '-m', 'venv', '--without-pip', str(VENV)], log_to=None)
        _bring_pip()
    MADE.write_text(_maker())


def _bring_pip() -> None:
    """Put pip into .venv with the pip of the system."""
    if subprocess.run([sys.executable, '-m', 'pip', '--version'], capture_output=True).returncode:
        raise SetupError('neither venv nor pip is here: `sudo apt install python3-venv` first')
    ask = [str(PYTHON), '-c', 'import sysconfig; print(sysconfig.get_path("purelib"))']
    packages = subprocess.run(ask, capture_output=True, text=True, check=True).stdout.strip()
    _run([sys.executable, '-m', 'pip', 'install', '--target', packages, 'pip'], log_to=None)


def _where_torch_is() -> list[str]:
    """Lead pip to torch without CUDA where no GPU is, unless somebody has told pip where to look.

    Where that index cannot be reached, pip's own serves: only more comes than is needed.
    """
    if any(Path(sign).exists() for sign in GPU_SIGNS) or _is_pip_led():
        return []
    try:
        urllib.request.urlopen(f'{CPU_BUILDS}/torch/', timeout=ASK_TIMEOUT_S).close()
    except OSError:
        return []
    return ['--extra-index-url', CPU_BUILDS]


def _is_pip_led() -> bool:
    """Whether an index or a folder of wheels is configured, in a file or the environment."""
    ask = [str(PYTHON), '-m', 'pip', 'config', 'list']
    told = subprocess.run(ask, capture_output=True, text=True).stdout
    return 'index' in told or 'find-links' in told


def _pip(*arguments: str) -> None:
    _run([str(PYTHON), '-m', 'pip', 'install', *arguments], log_to=LOG)


def _install_embedded() -> None:
    """Fetch rclpy's Python layer and let .venv fall back on the embedded graph.

    The .pth file only registers a finder: where a real rclpy can be imported it stays idle.
    """
    site = next((VENV / 'lib').glob('python3.*/site-packages'))
    lines = f'{EMBEDDED}\nimport embedded_ros; embedded_ros.install()\n'
    (site / 'embedded_graph.pth').write_text(lines)
    _run([str(PYTHON), '-m', 'embedded_ros.install_layer'], log_to=LOG)


def _run(command: list[str], log_to: Path | None) -> None:
    """Run a command, keep its output in the log, and show that it is alive."""
    environment = {**os.environ, 'PIP_DISABLE_PIP_VERSION_CHECK': '1', 'PYTHONUNBUFFERED': '1'}
    process = subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors='replace',
        env=environment,
    )
    assert process.stdout is not None
    lines: list[str] = []
    shown_s = time.monotonic()
    for line in process.stdout:
        lines.append(line)
        now_s = time.monotonic()
        if line.strip() and now_s - shown_s >= PROGRESS_PERIOD_S:
            shown_s = now_s
            print(f'    {line.strip()[:90]}', flush=True)
    if log_to is not None:
        with log_to.open('a') as log:
            log.writelines([f'$ {" ".join(command)}\n', *lines])
    if process.wait():
        last = next((line.strip() for line in reversed(lines) if line.strip()), 'no output')
        where = f' (all of it in {log_to})' if log_to else ''
        raise SetupError(f'`{" ".join(command[1:4])} …` failed: {last[:200]}{where}')


if __name__ == '__main__':
    sys.exit(main())

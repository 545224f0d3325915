# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""`personaplex-engine` as a process of its own, as a launcher starts it."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
import json
import os
from pathlib import Path
import subprocess
import sys
import time
import urllib.request

PATIENCE_S = 120.0
"""Importing torch on a loaded machine has taken most of a minute."""

COMMAND = (sys.executable, '-m', 'personaplex_ros.engine')


def environment(**extra: str) -> dict[str, str]:
    """Return this process's environment without a token of its user."""
    clean = {name: value for name, value in os.environ.items() if name != 'PERSONAPLEX_TOKEN'}
    root = str(Path(__file__).parents[2])
    return clean | {'PYTHONPATH': root, 'OMP_NUM_THREADS': '1'} | extra


def run_engine(*arguments: str, **variables: str) -> subprocess.CompletedProcess:
    """Run a command line that is expected to end by itself."""
    return subprocess.run(
        (*COMMAND, *arguments),
        env=environment(**variables),
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
    )


@dataclass
class Served:
    """An engine process that listens."""

    process: subprocess.Popen
    port: int

    def get(self, path: str) -> dict:
        """Return the JSON of a GET."""
        url = f'http://127.0.0.1:{self.port}{path}'
        with urllib.request.urlopen(url, timeout=PATIENCE_S) as response:
            return json.load(response)

    def wait_until_ready(self) -> None:
        """Wait until the model is loaded."""
        deadline = time.monotonic() + PATIENCE_S
        while self.get('/health')['status'] != 'ok':
            assert self.process.poll() is None, 'the engine ended'
            assert time.monotonic() < deadline, 'the model was never ready'
            time.sleep(0.05)


def wait_for_port(port_file: Path, process: subprocess.Popen) -> int:
    """Return the port once the engine has written it."""
    deadline = time.monotonic() + PATIENCE_S
    while not port_file.exists():
        assert process.poll() is None, f'the engine ended with {process.returncode}'
        assert time.monotonic() < deadline, 'the engine never listened'
        time.sleep(0.02)
    return int(port_file.read_text())


@contextmanager
def served(port_file: Path, *arguments: str) -> Iterator[Served]:
    """Start `serve` on a free port; ends it if the test did not."""
    process = subprocess.Popen(
        (*COMMAND, 'serve', '--port', '0', '--port-file', str(port_file), *arguments),
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        yield Served(process, wait_for_port(port_file, process))
    finally:
        if process.poll() is None:
            process.kill()
        process.communicate()

# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""The stand-in engine as the child process that `standalone` starts."""

import os
from pathlib import Path
import shlex
import signal
import sys

from graph import wait_until

from personaplex_ros.nodes.composition import ENGINE_VARIABLE

TESTS = Path(__file__).parents[1]


class EngineChild:
    """Makes PERSONAPLEX_ENGINE name the stand-in, and knows every start of it."""

    def __init__(self, monkeypatch, folder: Path) -> None:
        self._monkeypatch = monkeypatch
        self._log = folder / 'engine.log'
        self._log.touch()
        command = [sys.executable, '-m', 'fakes.engine_command']
        monkeypatch.setenv(ENGINE_VARIABLE, shlex.join(command))
        paths = [str(TESTS), str(TESTS.parent), os.environ.get('PYTHONPATH', '')]
        monkeypatch.setenv('PYTHONPATH', os.pathsep.join(filter(None, paths)))
        monkeypatch.setenv('FAKE_ENGINE_LOG', str(self._log))

    def fail(self, fault: str) -> None:
        """Let the next starts go wrong."""
        self._monkeypatch.setenv('FAKE_ENGINE_FAULT', fault)

    @property
    def starts(self) -> list[tuple[int, int]]:
        """Process id and port of every start."""
        return [tuple(map(int, line.split())) for line in self._log.read_text().splitlines()]

    def kill(self) -> None:
        """Kill the latest one as a crash would."""
        os.kill(self.starts[-1][0], signal.SIGKILL)

    def alive(self) -> bool:
        """Return whether the latest one still runs."""
        try:
            os.kill(self.starts[-1][0], 0)
        except ProcessLookupError:
            return False
        return True

    def wait_start(self, number: int) -> None:
        """Wait until it was started this often."""
        wait_until(lambda: len(self.starts) >= number, f'start {number} of the engine')

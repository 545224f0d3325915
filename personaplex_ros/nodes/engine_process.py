# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""The engine as a child process: started, watched, started again when it dies."""

from collections.abc import Callable
from pathlib import Path
import subprocess
import tempfile
import time

from personaplex_ros.nodes.composition import engine_command

START_TIMEOUT_S = 60.0
STOP_TIMEOUT_S = 5.0
RESTART_AFTER_S = 1.0


class EngineError(RuntimeError):
    """The engine did not start; the text says why."""


class EngineProcess:
    """One `personaplex-engine serve` on a port of this machine.

    say: takes a line for the log. The port stays the same when the engine is started again.
    """

    def __init__(self, model: str, say: Callable[[str], None]) -> None:
        self._model = model
        self._say = say
        self._port = 0
        self._process: subprocess.Popen | None = None
        self._died_s: float | None = None

    @property
    def url(self) -> str:
        """Address of the engine."""
        return f'ws://127.0.0.1:{self._port}'

    @property
    def pid(self) -> int:
        """Its process; 0 before the first start."""
        return self._process.pid if self._process is not None else 0

    def start(self) -> None:
        """Start it and wait until it listens; raises EngineError."""
        with tempfile.TemporaryDirectory(prefix='personaplex-') as folder:
            port_file = Path(folder) / 'port'
            self._spawn('--port-file', str(port_file))
            give_up_s = time.monotonic() + START_TIMEOUT_S
            while not port_file.exists():
                self._check_starting(give_up_s)
                time.sleep(0.02)
            self._port = int(port_file.read_text())

    def watch(self) -> None:
        """Start it again a while after it died; call this now and then."""
        if self._process is None or self._process.poll() is None:
            return
        now_s = time.monotonic()
        if self._died_s is None:
            self._died_s = now_s
            self._say(f'engine ended with status {self._process.returncode}; starting it again')
        elif now_s - self._died_s >= RESTART_AFTER_S:
            self._died_s = None
            self._spawn()

    def stop(self) -> None:
        """End it."""
        if self._process is None or self._process.poll() is not None:
            return
        self._process.terminate()
        try:
            self._process.wait(STOP_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _spawn(self, *more: str) -> None:
        arguments = ('serve', '--model', self._model, '--port', str(self._port))
        try:
            command = engine_command(*arguments, '--exit-with-parent', *more)
            self._process = subprocess.Popen(command, stdin=subprocess.DEVNULL)
        except OSError as error:
            raise EngineError(str(error)) from None

    def _check_starting(self, give_up_s: float) -> None:
        assert self._process is not None
        if self._process.poll() is not None:
            raise EngineError(f'the engine ended with status {self._process.returncode}')
        if time.monotonic() > give_up_s:
            self.stop()
            raise EngineError(f'the engine did not listen within {START_TIMEOUT_S:g} s')

# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""The real `personaplex-engine serve` with nano, its output in a file, watched from outside."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
import os
from pathlib import Path
import subprocess
import time

from process import COMMAND
from process import environment
from process import Served
from process import wait_for_port

from personaplex_ros.wire import events
from personaplex_ros.wire.messages import Kind
from personaplex_ros.wire.messages import pack

from .raw_caller import frame
from .raw_caller import Opcode
from .raw_caller import PATIENCE_S
from .raw_caller import RawCaller
from .samples import pcm_frame

SESSIONS = 2


@dataclass
class Watched(Served):
    """An engine and what /proc says of it."""

    log: Path

    def open_files(self) -> int:
        """File descriptors it holds."""
        return len(os.listdir(f'/proc/{self.process.pid}/fd'))

    def threads(self) -> int:
        """Threads it has."""
        return len(os.listdir(f'/proc/{self.process.pid}/task'))

    def memory_kb(self) -> int:
        """Memory it uses."""
        pages = int(Path(f'/proc/{self.process.pid}/statm').read_text().split()[1])
        return pages * os.sysconf('SC_PAGE_SIZE') // 1_024

    def cpu_s(self) -> float:
        """Processor time it has taken."""
        fields = Path(f'/proc/{self.process.pid}/stat').read_text().rpartition(')')[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf('SC_CLK_TCK')

    def wait_until_calm(self, open_files: int) -> None:
        """Wait until nobody is connected any more, and files are as few as they were."""
        deadline = time.monotonic() + PATIENCE_S
        while self.get('/api/info')['sessions']['active'] or self.open_files() > open_files:
            assert time.monotonic() < deadline, f'{self.open_files()} files, {open_files} before'
            time.sleep(0.02)

    def serves_a_good_caller(self) -> None:
        """A caller who behaves gets speech for speech and silence on request."""
        with RawCaller(self.port) as caller:
            assert '101' in caller.upgrade()
            assert caller.until(Kind.READY) is not None, f'never ready: {caller.fault!r}'
            caller.send(frame(Opcode.BINARY, pack(Kind.AUDIO, pcm_frame())))
            assert len(caller.until(Kind.AUDIO) or b'') == len(pcm_frame())
            caller.send(frame(Opcode.BINARY, events.encode(events.Interrupt(id=9))))
            while True:
                payload = caller.until(Kind.JSON)
                assert payload is not None, 'the interrupt was not answered'
                answer = events.decode(payload, events.ENGINE_EVENTS)
                if isinstance(answer, events.Interrupted):
                    break
            caller.send(frame(Opcode.CLOSE, b'\x03\xe8'))
            assert caller.until_hung_up() == 1_000


@contextmanager
def watched_engine(folder: Path, *arguments: str, **variables: str) -> Iterator[Watched]:
    """Start one; variables: of its environment."""
    log, port_file = folder / 'log', folder / 'port'
    options = ('--port', '0', '--port-file', str(port_file), '--sessions', str(SESSIONS))
    with log.open('w') as output:
        process = subprocess.Popen(
            (*COMMAND, 'serve', *options, *arguments),
            env=environment(**variables),
            stdout=output,
            stderr=subprocess.STDOUT,
        )
        try:
            yield Watched(process, wait_for_port(port_file, process), log)
        finally:
            process.kill()
            process.wait()

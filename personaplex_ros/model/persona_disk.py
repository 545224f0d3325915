# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""Personas in a folder up to a budget of bytes, so that they outlive the process."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
import logging
import os
from pathlib import Path
import re
import threading
import time

from personaplex_ros.model.config import ModelConfig
from personaplex_ros.model.persona_cache import KeptPersona
from personaplex_ros.model.persona_cache import PersonaKey
from personaplex_ros.model.persona_file import file_name
from personaplex_ros.model.persona_file import PersonaFileError
from personaplex_ros.model.persona_file import read_persona
from personaplex_ros.model.persona_file import write_persona

MAX_FILE_BYTES = 128 << 20
"""A persona is read on the model's thread: about a frame for an SSD of 1.6 GB/s. It holds a prompt
of 240 positions of PersonaPlex-7B in bfloat16; a longer one is prefilled, beside the conversations
that go on."""

MAX_WAITING = 2
"""Personas that wait to be written; they are kept in memory beyond the cache's budget until then,
and a slow disk must not make that grow."""

ABANDONED_AFTER_S = 3_600.0
"""A file half written this long ago is of a process that was killed."""

_NAME = re.compile(r'[0-9a-f]{64}\.safetensors')
_PART = re.compile(r'\.[0-9a-f]{64}\.safetensors\.\d+\.part')

logger = logging.getLogger(__name__)


class PersonaDisk:
    """Least recently used goes first; processes may share a folder.

    Reading is for the model's thread, writing has one of its own. Nothing here ends a
    conversation: what goes wrong is logged once and the personas are prompted as without a disk.
    """

    def __init__(self, directory: Path, budget_bytes: int, config: ModelConfig) -> None:
        """directory: made if it is not there, for this user alone."""
        self._directory = directory.expanduser()
        self._budget = budget_bytes
        self._config = config
        self._writer = ThreadPoolExecutor(max_workers=1, thread_name_prefix='personas')
        self._waiting = threading.Semaphore(MAX_WAITING)
        self._writable = True
        self._entries = 0
        self._bytes = 0
        self._try(self._open)

    def nbytes(self, key: PersonaKey) -> int:
        """Return the size of a persona's file, 0 if there is none that would be read."""
        try:
            size = self._path(key).stat().st_size
        except OSError:
            return 0
        return size if size <= MAX_FILE_BYTES else 0

    def read(self, key: PersonaKey) -> KeptPersona | None:
        """Return a persona and note that it was used; a file that is not it is removed."""
        path = self._path(key)
        try:
            persona = read_persona(path, key, self._config)
            os.utime(path)
        except FileNotFoundError:
            return None
        except OSError as error:
            logger.warning('the persona in %s cannot be read: %s', path, error)
            return None
        except PersonaFileError as error:
            logger.warning('%s is removed: %s', path, error)
            self._try(lambda: path.unlink(missing_ok=True))
            return None
        return persona

    def takes(self, nbytes: int) -> bool:
        """Whether a persona of this size would be written."""
        return self._writable and nbytes <= min(self._budget, MAX_FILE_BYTES)

    def write(self, key: PersonaKey, persona: KeptPersona) -> None:
        """Write it some time soon, unless more wait already than a slow disk should hold up.

        The copy from a GPU is made here: another thread must not call CUDA while a graph is
        captured.
        """
        if self.takes(persona.snapshot.nbytes) and self._waiting.acquire(blocking=False):
            self._writer.submit(self._write, key, _on_cpu(persona))

    def report(self) -> dict[str, int]:
        """Return entries, bytes and budget (bytes) of the folder as it was last looked at."""
        return {
            'disk_entries': self._entries,
            'disk_bytes': self._bytes,
            'disk_budget': self._budget,
        }

    def close(self) -> None:
        """Wait until everything is written; nothing is written afterwards."""
        self._writer.shutdown()
        self._writable = False

    def _path(self, key: PersonaKey) -> Path:
        return self._directory / file_name(key)

    def _open(self) -> None:
        self._directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        for path in self._directory.iterdir():
            if _PART.fullmatch(path.name) and _age_s(path) > ABANDONED_AFTER_S:
                path.unlink(missing_ok=True)
        self._make_room(0)

    def _write(self, key: PersonaKey, persona: KeptPersona) -> None:
        try:
            self._try(lambda: self._write_one(key, persona))
        finally:
            self._waiting.release()

    def _write_one(self, key: PersonaKey, persona: KeptPersona) -> None:
        if self._writable:
            self._make_room(persona.snapshot.nbytes)
            write_persona(self._path(key), key, persona)
            self._make_room(0)  # for what a file holds beside the snapshot

    def _make_room(self, nbytes: int) -> None:
        """Remove the least recently used files until there is room for so many bytes."""
        there = sorted(self._files(), key=lambda one: one[1].st_mtime_ns)
        total = sum(status.st_size for _, status in there)
        while there and total + nbytes > self._budget:
            path, status = there.pop(0)
            path.unlink(missing_ok=True)
            total -= status.st_size
        self._entries, self._bytes = len(there), total

    def _files(self) -> list[tuple[Path, os.stat_result]]:
        files = []
        for path in self._directory.iterdir():
            if _NAME.fullmatch(path.name):
                try:
                    files.append((path, path.stat()))
                except FileNotFoundError:
                    pass  # another process has just removed it
        return files

    def _try(self, action: Callable[[], None]) -> None:
        """Do it, or say why not and write no more: a full disk does not become empty by trying."""
        try:
            action()
        except OSError as error:
            if self._writable:
                self._writable = False
                logger.warning('personas are no longer kept in %s: %s', self._directory, error)


def _on_cpu(persona: KeptPersona) -> KeptPersona:
    kept, prepared = persona.snapshot, persona.prepared
    embeddings = prepared.embeddings
    return replace(
        persona,
        snapshot=replace(
            kept,
            keys_values=tuple(one.cpu() for one in kept.keys_values),
            token_ring=kept.token_ring.cpu(),
        ),
        prepared=replace(
            prepared,
            table=prepared.table.cpu(),
            embeddings=None if embeddings is None else embeddings.cpu(),
            last_user_codes=prepared.last_user_codes.cpu(),
        ),
    )


def _age_s(path: Path) -> float:
    try:
        return time.time() - path.stat().st_mtime
    except FileNotFoundError:
        return 0.0

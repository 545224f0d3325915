# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""Personas that were prompted before, kept up to a budget of bytes, in memory and on a disk."""

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
import hashlib
import logging
from typing import TYPE_CHECKING

import torch

from personaplex_ros.model.checkpoint import Checkpoint
from personaplex_ros.model.checkpoint import CONFIG_NAME
from personaplex_ros.model.prompting import PreparedPrompt
from personaplex_ros.model.snapshot import Snapshot

if TYPE_CHECKING:
    from personaplex_ros.model.persona_disk import PersonaDisk

MEBIBYTE = 1 << 20

DEFAULT_BUDGET_BYTES = {'cpu': 256 * MEBIBYTE, 'cuda': 1_024 * MEBIBYTE}
"""By device type. A prompt of 92 positions takes 48 MB of PersonaPlex-7B in bfloat16 (524,288
bytes a position: 32 layers, 4096 wide, keys and values), so a GPU keeps about twenty."""

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class PersonaKey:
    """Everything that the state after a prompt depends on; the sampling and its seed do not."""

    checkpoint: str
    """checkpoint_identity()."""

    dtype: str
    device: str

    voice: str
    """Identity of the voice's file: another recording under the old name is another voice."""

    text: str
    """As the model is told it, with the system tags."""


@dataclass(frozen=True)
class KeptPersona:
    """The state before the last position of a prompt, and the prompt it was made of."""

    snapshot: Snapshot
    """Before the last position, because in that one the conversation's first tokens are drawn."""

    prepared: PreparedPrompt
    """Small beside the snapshot; the conversation is rebuilt from it when its window ends."""


class PersonaCache:
    """Least recently used goes first. One thread gets and keeps; any may ask for the report.

    Without a lock, so that a report never waits for a disk.
    """

    def __init__(self, budget_bytes: int) -> None:
        """budget_bytes: 0 keeps nothing."""
        self._budget = budget_bytes
        self._kept: OrderedDict[PersonaKey, KeptPersona] = OrderedDict()
        self._bytes = 0
        self._hits = 0
        self._misses = 0
        self._disk: PersonaDisk | None = None

    def use_disk(self, disk: 'PersonaDisk') -> None:
        """Keep personas on this disk too; call it before the first conversation."""
        self._disk = disk

    def get(self, key: PersonaKey) -> KeptPersona | None:
        """Return a persona and note that it was used; None where it has to be prompted.

        One that is not in memory is read from the disk, in the caller's time.
        """
        persona = self._kept.get(key)
        if persona is not None:
            self._kept.move_to_end(key)
        elif self._disk:
            persona = self._from_disk(self._disk, key)
        self._hits += persona is not None
        return persona

    def keep(self, key: PersonaKey, nbytes: int, take: Callable[[], KeptPersona]) -> None:
        """Keep what was prompted just now, in memory and on the disk, where it fits.

        nbytes: size of the snapshot that `take` will make; room is made first, so that the
        budget of the memory holds at every moment.
        """
        self._misses += 1
        disk = self._disk if self._disk and self._disk.takes(nbytes) else None
        if disk or nbytes <= self._budget:
            persona = self._in_room(key, nbytes, take)
            if disk and persona:
                disk.write(key, persona)

    def _from_disk(self, disk: 'PersonaDisk', key: PersonaKey) -> KeptPersona | None:
        nbytes = disk.nbytes(key)
        return self._in_room(key, nbytes, lambda: disk.read(key)) if nbytes else None

    def _in_room(
        self, key: PersonaKey, nbytes: int, take: Callable[[], KeptPersona | None]
    ) -> KeptPersona | None:
        """Make room, take a persona and remember it; one beyond the budget displaces nobody.

        A device without memory for it ends no conversation.
        """
        while nbytes <= self._budget < self._bytes + nbytes:
            _, oldest = self._kept.popitem(last=False)
            self._bytes -= oldest.snapshot.nbytes
        try:
            persona = take()
        except torch.cuda.OutOfMemoryError:
            logger.warning('no memory on the device for another persona of %d bytes', nbytes)
            return None
        if persona is not None and nbytes <= self._budget:
            before = self._kept.pop(key, None)  # two sessions may have asked for it at a time
            self._bytes += persona.snapshot.nbytes - (before.snapshot.nbytes if before else 0)
            self._kept[key] = persona
        return persona

    def report(self) -> dict[str, int]:
        """Return entries, bytes, budget (bytes), hits and misses (prompts run in full).

        With a disk its entries, bytes and budget too.
        """
        return {
            'entries': len(self._kept),
            'bytes': self._bytes,
            'budget': self._budget,
            'hits': self._hits,
            'misses': self._misses,
            **(self._disk.report() if self._disk else {}),
        }


def checkpoint_identity(checkpoint: Checkpoint) -> str:
    """Return what tells this model from another: its config.json and its weights' file.

    The file's size and time stand for its contents: hashing 16 GB would take a minute.
    """
    weights = checkpoint.lm_path.stat()
    told = (checkpoint.directory / CONFIG_NAME).read_bytes()
    told += f'{checkpoint.lm_path.resolve()} {weights.st_size} {weights.st_mtime_ns}'.encode()
    return hashlib.sha256(told).hexdigest()

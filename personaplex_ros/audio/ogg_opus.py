# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""Ogg/Opus streams from strangers: sphn decodes them, this keeps its work and memory bounded.

What sphn 0.2.1 does with bad input: it raises ValueError for broken pages and packets, turns
every empty packet (28 bytes of page) into 5 s of concealment, and collects a packet that never
ends without limit.
"""

from collections.abc import Callable
from collections.abc import Iterator
import time
from types import ModuleType

import numpy as np

from personaplex_ros.audio.format import SAMPLE_RATE_HZ

SLICE_BYTES = 512
"""Given to the decoder at once: a legitimate second is about 4 kB, 18 empty pages fit."""

MAX_SECONDS_AHEAD = 30.0
"""As audio/intake.py's chunks: a stream further ahead of the clock is no live audio.

Without this, 200 bytes of which 28 are an empty packet would keep a processor busy for 20 ms.
"""

MAX_SILENT_BYTES = 1 << 16
"""Bytes that may come without a sample in return: tags with a picture, but no endless packet."""


class OpusMissing(RuntimeError):
    """This machine has no Opus; the text says how to get it."""


class OpusIn:
    """One incoming stream."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        """clock: seconds, against which the stream is live."""
        self._clock = clock
        self._at_s = clock()
        self._ahead_s = 0.0
        self._reader = _sphn().OpusStreamReader(SAMPLE_RATE_HZ)
        self._silent_bytes = 0

    def decode(self, data: bytes) -> Iterator[np.ndarray]:
        """Yield float32 [n], -1 to 1, as pages become complete; pages may be split anywhere.

        Raises ValueError for bytes that are no Ogg/Opus, or that cost more than live audio may.
        """
        now_s = self._clock()
        self._ahead_s = max(0.0, self._ahead_s - (now_s - self._at_s))
        self._at_s = now_s
        for start in range(0, len(data), SLICE_BYTES):
            piece = data[start : start + SLICE_BYTES]
            pcm = self._reader.append_bytes(piece)
            self._silent_bytes = 0 if len(pcm) else self._silent_bytes + len(piece)
            if self._silent_bytes > MAX_SILENT_BYTES:
                raise ValueError(f'no audio in {self._silent_bytes} bytes')
            self._ahead_s += len(pcm) / SAMPLE_RATE_HZ
            if self._ahead_s > MAX_SECONDS_AHEAD:
                raise ValueError(f'more than {MAX_SECONDS_AHEAD:.0f} s ahead of live')
            yield np.nan_to_num(pcm, copy=False)


class OpusOut:
    """One outgoing stream; its headers come with the first frame."""

    def __init__(self) -> None:
        self._writer = _sphn().OpusStreamWriter(SAMPLE_RATE_HZ)

    def encode(self, pcm: np.ndarray) -> bytes:
        """Return the Ogg pages that a frame completes. pcm: float32 [1920], -1 to 1."""
        return self._writer.append_pcm(pcm)


def check_opus() -> None:
    """Raise OpusMissing where streams could not be made."""
    _sphn()


def _sphn() -> ModuleType:
    """Import it now: only who speaks NVIDIA's form needs it, and ARM Linux has no wheel of it."""
    try:
        import sphn
    except ImportError as error:
        raise OpusMissing(
            f'Ogg/Opus needs {error.name}: pip install sphn==0.2.1 '
            '(for ARM Linux pip builds it and needs Rust and cmake)'
        ) from None
    return sphn

# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""How long the microphone waits for its reference, and what it makes of one that does not come."""

from personaplex_ros.audio.echo.settings import BLOCKS_PER_S

BLOCK_MS = 1000 / BLOCKS_PER_S

AWAY_MS = 100.0
"""A reference that is missing for longer: the robot may have begun to speak meanwhile."""

LATE_MS = 300.0
"""Missing for so long, and still coming: it is later than was foreseen."""

MAX_WAIT_MS = 400.0
"""Waited for a reference that is always late: better a visitor heard late than not at all."""

PUNCTUAL_MS = 10_000.0
"""After so much that came in time nobody waits longer than was foreseen."""


class Patience:
    """Told of every block of the microphone, and of every time that reference comes."""

    def __init__(self, hold_back_ms: float, is_remote: bool) -> None:
        """is_remote: the reference comes over a network."""
        self._hold_back_ms = hold_back_ms
        self._is_remote = is_remote
        self._missing_ms = 0.0
        self._silent_ms = 0.0
        self._late_ms = 0.0
        self._punctual_ms = 0.0
        self.wait_ms = hold_back_ms
        """Longest time that a block is held."""

    @property
    def is_away(self) -> bool:
        """Nothing is known of what the loudspeaker plays now."""
        return self._is_remote and self._missing_ms > AWAY_MS

    @property
    def is_late(self) -> bool:
        """The reference is waited for longer than was foreseen."""
        return self.wait_ms > self._hold_back_ms

    def comes(self) -> None:
        """Some reference has come, of whatever time."""
        self._silent_ms = 0.0

    def waited(self, ms: float, is_missing: bool) -> None:
        """A block was held for so long; is_missing: in vain."""
        self._silent_ms += BLOCK_MS
        self._missing_ms = self._missing_ms + BLOCK_MS if is_missing else 0.0
        in_time = ms <= self._hold_back_ms and not is_missing
        self._punctual_ms = self._punctual_ms + BLOCK_MS if in_time else 0.0
        comes_late = self._is_remote and is_missing and self._silent_ms < AWAY_MS
        self._late_ms = self._late_ms + BLOCK_MS if comes_late else 0.0
        if self._late_ms > LATE_MS:
            self.wait_ms = max(self._hold_back_ms, MAX_WAIT_MS)
        elif self._punctual_ms > PUNCTUAL_MS:
            self.wait_ms = self._hold_back_ms

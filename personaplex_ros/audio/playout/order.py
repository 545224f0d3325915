# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""Which chunks of audio/out are played: the order of epochs, losses, latecomers, new senders."""

from dataclasses import dataclass

from personaplex_ros.audio.playout.pieces import Origin

MAX_GAP_CHUNKS = 100_000
"""Half an hour of 20 ms chunks; what jumps further is another sender."""

LATE_CHUNKS = 50
"""As many as a publisher keeps (nodes/qos.py): what is further behind is another sender's."""

RUN_CHUNKS = 10
"""More than a frame in chunks of 10 ms: so many latecomers in a row are another sender's."""


@dataclass(frozen=True)
class Turn:
    """What becomes of a chunk, and of what waits in front of it."""

    is_played: bool = True
    voids: bool = False
    """Nothing that waits is to be played any more."""
    lost: int = 0
    """Chunks between this one and the one before it that never came."""


_NOT_PLAYED = Turn(is_played=False)


class PlayOrder:
    """Judges chunk by chunk, in the order they came.

    A newer epoch voids what waits. An older one is void, and so is what comes late or twice. Only
    a sender that began anew counts from small numbers again: at seq 0, or far from where the last
    one was, or, where its first chunks were lost, after a run of RUN_CHUNKS.
    """

    def __init__(self) -> None:
        self._last: Origin | None = None
        self._late: Origin | None = None
        self._run = 0  # chunks one after another that `_last` should have had before it

    def take(self, origin: Origin) -> Turn:
        """Return what becomes of the chunk that came now."""
        last = self._last
        if last is None or self._begins_anew(origin, last):
            turn = Turn(voids=True)
        elif origin.epoch < last.epoch or origin.seq <= last.seq:
            return _NOT_PLAYED
        else:
            turn = Turn(voids=origin.epoch > last.epoch, lost=origin.seq - last.seq - 1)
        self._last = origin
        self._late = None
        return turn

    def _begins_anew(self, origin: Origin, last: Origin) -> bool:
        ahead = origin.seq - last.seq
        if not -LATE_CHUNKS <= ahead <= MAX_GAP_CHUNKS + 1:
            return True
        if origin.seq == 0:
            return origin != last
        if origin.epoch > last.epoch:
            return ahead <= 0
        # a sender's epoch and seq both only grow: an older epoch ahead is another's, too
        return (ahead < 0 or origin.epoch < last.epoch) and self._runs_on(origin)

    def _runs_on(self, origin: Origin) -> bool:
        """Tell whether as many latecomers followed each other as only a new sender's would."""
        follows = self._late == Origin(origin.epoch, origin.seq - 1)
        self._run = self._run + 1 if follows else 1
        self._late = origin
        return self._run >= RUN_CHUNKS

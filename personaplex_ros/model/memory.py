# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""When a conversation's state is rebuilt, so that the persona never leaves attention."""

from dataclasses import dataclass

from personaplex_ros.audio.format import FRAME_MS

SLACK_FRAMES = 128
"""Frames that a rebuild may last before it has to be finished at once: ten seconds."""


@dataclass(frozen=True)
class MemorySettings:
    """How much a conversation remembers, and where it may be rebuilt."""

    memory_s: float = 60.0
    """Seconds of both sides that follow the persona's prompt after a rebuild; at most half of
    what the prompt leaves of the window."""

    due: float = 0.75
    """Share of the window from which on the next pause is taken for a rebuild."""

    pause_frames: int = 6
    """Frames in which nobody speaks that make a pause."""

    reserve_frames: int = 50
    """A rebuild begins this long before the window ends, pause or not; at most a tenth of it."""


class Window:
    """The positions of one model's attention, shared out between persona, memory and talk."""

    def __init__(self, positions: int, settings: MemorySettings) -> None:
        """positions: length of the attention window."""
        self._positions = positions
        self._settings = settings
        self._hard = positions - min(settings.reserve_frames, positions // 10)

    @property
    def most_frames(self) -> int:
        """The most that is ever remembered."""
        return min(round(self._settings.memory_s * 1_000 / FRAME_MS), self._positions // 2)

    @property
    def history_frames(self) -> int:
        """Frames to keep at hand: what is remembered, and what comes while it is taken in."""
        return self.most_frames + SLACK_FRAMES

    def spare_positions(self, longest_prompt: int) -> int:
        """Return what a prompt with all that may follow it at the end of a rebuild can need."""
        return min(self._positions, longest_prompt + self.history_frames)

    @property
    def knowing_positions(self) -> int:
        """The most that a prompt with facts may have: half of the window, the rest is talk."""
        return self._hard // 2

    def memory_frames(self, prompt_positions: int) -> int:
        """Frames to remember after a prompt of this length."""
        return min(self.most_frames, max(0, self._hard - prompt_positions) // 2)

    def patience(self, position: int) -> int:
        """Return how many frames a rebuild may last beside the conversation.

        position: of the running state or of the rebuilt one, whichever is further. Neither may
        outgrow the window: the persona would leave the attention of the one, and the other one's
        prompt would be written over.
        """
        return min(SLACK_FRAMES, self._positions - position)

    def rebuild_due(self, begun_at: int, position: int, quiet_frames: int) -> bool:
        """Tell whether to rebuild now.

        begun_at: position from which the conversation went on after its last prompt or rebuild.
        quiet_frames: for how long nobody has spoken.
        """
        if position >= self._hard:
            return True
        due_at = max(self._settings.due * self._positions, (begun_at + self._hard) / 2)
        return position >= due_at and self.is_pause(quiet_frames)

    def is_pause(self, quiet_frames: int) -> bool:
        """Tell whether nobody has spoken for long enough to rebuild."""
        return quiet_frames >= self._settings.pause_frames

# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""Keeping the agent silent after an interrupt: which frames, which tokens, how it sounds."""

from dataclasses import dataclass

import numpy as np

from personaplex_ros.audio.format import FRAME_MS
from personaplex_ros.audio.format import SAMPLE_RATE_HZ
from personaplex_ros.model.lm import FREE


@dataclass(frozen=True)
class HoldSettings:
    """How long an interrupt lasts and what ends it sooner."""

    hold_ms: float = 1_500.0
    """The agent may speak again after this."""

    onset_dbfs: float = -40.0
    """A user frame louder than this (RMS, full scale = 0) after quiet frames is new speech."""

    quiet_frames: int = 3
    """Frames below onset_dbfs that must come before new speech."""

    barge_in_frames: int = 3
    """Loud frames in a row, after quiet ones, that are a user who takes the floor: a knock on the
    table does not end a text that the agent was told to say."""

    fade_ms: float = 5.0
    """Fade out at the start and in at the end, so that neither clicks."""

    @property
    def hold_frames(self) -> int:
        """hold_ms in whole frames, at least one."""
        return max(1, round(self.hold_ms / FRAME_MS))


class Hold:
    """The frames in which the agent is silent, in its own history too."""

    def __init__(self, delays: list[int], silent: list[int]) -> None:
        """delays, silent: per stream, text then agent codebooks; the tokens of silence."""
        self._delays = delays[: len(silent)]
        self._silent = silent
        self.first = self.end = 0

    def clear(self) -> None:
        """Hold no frame."""
        self.first = self.end = 0

    def start(self, frame: int, frames: int) -> None:
        """Hold these many frames from `frame` on; a running hold is prolonged."""
        if not self.covers(frame):
            self.first = frame
        self.end = max(self.end, frame + frames)

    def release_at(self, frame: int) -> None:
        """Let go of `frame` and what follows."""
        self.end = min(self.end, frame)

    def covers(self, frame: int) -> bool:
        """Tell whether the agent is silent in this frame."""
        return self.first <= frame < self.end

    def column(self, position: int) -> list[int] | None:
        """Return the tokens to force at a position, FREE for the model's; None for none."""
        column = [
            token if self.covers(position - delay) else FREE
            for token, delay in zip(self._silent, self._delays, strict=True)
        ]
        return None if all(token == FREE for token in column) else column


class OnsetDetector:
    """Hears speech begin: one loud frame after enough quiet ones."""

    def __init__(self, settings: HoldSettings) -> None:
        """Start as if it had been quiet for long."""
        self._settings = settings
        self._quiet = settings.quiet_frames
        self._loud_since_onset = 0

    @property
    def barged_in(self) -> bool:
        """Whether speech that began after quiet has just lasted long enough to be meant."""
        return self._loud_since_onset == self._settings.barge_in_frames

    def loud(self, level_dbfs: float) -> bool:
        """Tell whether a frame of this level may be speech."""
        return level_dbfs > self._settings.onset_dbfs

    def hears(self, level_dbfs: float) -> bool:
        """level_dbfs: RMS of every frame in turn. Return whether speech begins in it."""
        if not self.loud(level_dbfs):
            self._quiet += 1
            self._loud_since_onset = 0
            return False
        began = self._quiet >= self._settings.quiet_frames
        self._quiet = 0
        if began or self._loud_since_onset:
            self._loud_since_onset += 1
        return began


class Fader:
    """Digital zero while held, with a short fade on either side."""

    def __init__(self, settings: HoldSettings) -> None:
        """Start open."""
        samples = max(1, round(settings.fade_ms * SAMPLE_RATE_HZ / 1_000))
        self._rising = (np.arange(samples, dtype=np.float32) + 0.5) / samples
        self._held = False

    def pass_through(self, pcm: np.ndarray, held: bool) -> np.ndarray:
        """int16 [1920] -> int16 [1920]; a held frame is zero after the fade."""
        faded = np.zeros_like(pcm) if held else pcm
        if held != self._held:
            slope = self._rising if not held else self._rising[::-1]
            faded = faded.copy()
            faded[: len(slope)] = np.rint(pcm[: len(slope)] * slope)
        self._held = held
        return faded

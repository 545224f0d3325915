# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""For a loudspeaker whose microphone is on another node: tells what it plays, ducks when told."""

from collections.abc import Callable
import time

import numpy as np

from personaplex_ros.audio.echo.ducking import Ducking

HOLD_S = 0.3
"""The microphone's node says three times as often that both speak; unless it does, they do not."""


class EchoElsewhere:
    """An EchoSide; told() may be called by any thread, the rest by the device's."""

    def __init__(self, duck_db: float, tell: Callable[[np.ndarray, float], None]) -> None:
        """tell: takes int16 [240] as it is played, and when its first sample is heard."""
        self._ducking = Ducking(duck_db)
        self._tell = tell
        self._told_s = -HOLD_S

    @property
    def loudspeaker_gain(self) -> float:
        """Factor for what is played from now on."""
        return self._ducking.gain

    def told(self, double_talk: bool) -> None:
        """Take whether both speak, as the microphone's node hears it."""
        self._told_s = time.monotonic() if double_talk else -HOLD_S

    def played(self, samples: np.ndarray, stamp_s: float) -> None:
        """See EchoSide."""
        self._ducking.update(time.monotonic() - self._told_s < HOLD_S)
        self._tell(samples, stamp_s)

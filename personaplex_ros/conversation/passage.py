# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""When a frame was where: from the air in front of the microphone to the answer's sound."""

from dataclasses import dataclass

import numpy as np


@dataclass
class Passage:
    """Seconds of time.monotonic; 0.0 where it has not come to that yet."""

    captured_s: float
    """Its first sample was in the air."""

    complete_s: float
    """Its last sample came to the conversation."""

    sent_s: float = 0.0
    """It went to the engine."""

    answered_s: float = 0.0
    """The engine's answer to it came."""

    is_filled_in: bool = False
    """It is silence that stood in for a microphone: it was in no air."""


HeardFrame = tuple[np.ndarray, Passage]
"""int16 [1920] and when it was heard."""

# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""A process that keeps a real sound card open, plays clicks and tells what becomes of it.

Apart from the test, because a C library that loses its server may take the process along.
Prints a JSON object a line: {"presence", "why"} and {"rate_hz", "blocks", "clicks", ...}.
"""

import argparse
import json
import threading
import time

import numpy as np

from personaplex_ros.audio.devices.base import StreamInfo
from personaplex_ros.audio.devices.keeper import DeviceKeeper
from personaplex_ros.audio.devices.keeper import Presence
from personaplex_ros.audio.devices.settings import SoundCardSettings
from personaplex_ros.audio.devices.sound_card import SoundCard

CLICK_EVERY = 50
CLICK = np.array([16_000, -16_000] * 4, np.int16)
HEARD = 4_000
ENOUGH_CLICKS = 2


class Clicks:
    """An exchange that clicks twice a second and counts the clicks that it hears."""

    def __init__(self, info: StreamInfo) -> None:
        self._info = info
        self._blocks = 0
        self._heard_at = -CLICK_EVERY
        self._clicks = 0
        self._last_ns = 0
        self._backwards = 0
        self._ahead_ms: list[float] = []

    def __call__(self, captured: np.ndarray, captured_ns: int, audible_ns: int) -> np.ndarray:
        self._blocks += 1
        self._backwards += captured_ns < self._last_ns
        self._last_ns = captured_ns
        self._ahead_ms.append((audible_ns - time.monotonic_ns()) / 1e6)
        if np.abs(captured.astype(int)).max() > HEARD and self._blocks - self._heard_at > 5:
            self._heard_at = self._blocks
            self._clicks += 1
            if self._clicks == ENOUGH_CLICKS:
                threading.Thread(target=self._tell).start()
        played = np.zeros(len(captured), np.int16)
        if self._blocks % CLICK_EVERY == 0:
            played[: len(CLICK)] = CLICK
        return played

    def _tell(self) -> None:
        tell(
            rate_hz=self._info.rate_hz,
            microphone=self._info.microphone,
            blocks=self._blocks,
            backwards=self._backwards,
            ahead_ms=float(np.median(self._ahead_ms)),
        )


def tell(**what: object) -> None:
    """Print a line."""
    print(json.dumps(what), flush=True)


def main() -> None:
    """Run until stdin is closed."""
    parser = argparse.ArgumentParser()
    parser.add_argument('name')
    parser.add_argument('--rate-hz', type=int, default=0)
    options = parser.parse_args()
    settings = SoundCardSettings(
        options.name, options.name, rate_hz=options.rate_hz, latency_ms=60
    )

    def on_change(presence: Presence, why: str) -> None:
        tell(presence=presence.value, why=why)

    keeper = DeviceKeeper(lambda: SoundCard(settings), Clicks, on_change)
    keeper.start()
    try:
        while input():
            pass
    except EOFError:
        keeper.stop()


if __name__ == '__main__':
    main()

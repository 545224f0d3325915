# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""What waits for the model: a few frames, dropped to live, and the caller's requests."""

from collections import deque
from dataclasses import dataclass
import threading
import time

import numpy as np

from personaplex_ros.audio.intake import Reblocker
from personaplex_ros.engine.ledger import Ledger
from personaplex_ros.wire.events import CallerEvent
from personaplex_ros.wire.limits import INPUT_QUEUE_FRAMES

MAX_REQUESTS = 8
"""Requests that may wait for the model; a caller with more of them is not listening."""


@dataclass(frozen=True)
class InputFrame:
    """One complete frame and how it came here."""

    index: int
    """From 0, counting dropped ones."""
    pcm: np.ndarray
    """int16 [1920]."""
    arrived_s: float
    """time.perf_counter() when its last sample was here."""
    dropped: int
    """Frames of this caller that were dropped before it was taken."""


class Inbox:
    """One caller's frames and requests, handed from the event loop to the model's thread.

    Requests go first: an interrupt must not wait behind sound that is already late. Between
    each other they keep their order.
    """

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._changed = threading.Condition()
        self._reblocker = Reblocker()
        self._frames: deque[tuple[int, np.ndarray, float]] = deque()
        self._requests: deque[CallerEvent] = deque()
        self._next_index = 0
        self._dropped = 0
        self._live = False
        self._closed = False

    def open(self) -> None:
        """Keep frames from now on; sound from before the persona was ready is not answered."""
        with self._changed:
            self._live = True
            self._reblocker = Reblocker()

    def close(self) -> None:
        """Give up what waits; take() returns None from now on."""
        with self._changed:
            self._closed = True
            self._ledger.dropped(len(self._frames))
            self._frames.clear()
            self._requests.clear()
            self._changed.notify()

    @property
    def closed(self) -> bool:
        """Whether the caller is gone."""
        return self._closed

    def put_audio(self, samples: np.ndarray) -> None:
        """Add the caller's sound; beyond INPUT_QUEUE_FRAMES the oldest frames are dropped.

        samples: int16 [n], 24 kHz mono, any n >= 0.
        """
        arrived_s = time.perf_counter()
        with self._changed:
            if self._closed:
                return
            came, dropped_before = self._next_index, self._dropped
            for pcm in self._reblocker.push(samples):
                self._frames.append((self._next_index, pcm, arrived_s))
                self._next_index += 1
                if len(self._frames) > (INPUT_QUEUE_FRAMES if self._live else 0):
                    self._frames.popleft()
                    self._dropped += 1
            self._ledger.took_in(self._next_index - came, self._dropped - dropped_before)
            self._changed.notify()

    def put_request(self, request: CallerEvent) -> bool:
        """Add a request; False when too many of them wait already."""
        with self._changed:
            if len(self._requests) >= MAX_REQUESTS:
                return False
            self._requests.append(request)
            self._changed.notify()
            return True

    def take(self) -> InputFrame | CallerEvent | None:
        """Wait for the next request or frame; None once the inbox is closed."""
        with self._changed:
            while not (self._closed or self._requests or self._frames):
                self._changed.wait()
            if self._closed:
                return None
            if self._requests:
                return self._requests.popleft()
            index, pcm, arrived_s = self._frames.popleft()
            return InputFrame(index, pcm, arrived_s, self._dropped)

# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""What waits for the model: a few frames, dropped to live, and the caller's requests."""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
import math
import threading
import time

import numpy as np

from personaplex_ros.audio.intake import Reblocker
from personaplex_ros.audio.live_queue import LiveQueue
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
    each other they keep their order. Before the sound of others goes one at a time: a caller
    who asks for ever must not silence them.
    """

    def __init__(self, ledger: Ledger, wake: Callable[[], None]) -> None:
        """wake: called, on the event loop, whenever there is something new."""
        self._ledger = ledger
        self._wake = wake
        self._lock = threading.Lock()
        self._reblocker = Reblocker()
        self._frames: LiveQueue[tuple[int, np.ndarray, float]] = LiveQueue(INPUT_QUEUE_FRAMES)
        self._requests: deque[tuple[CallerEvent, float]] = deque()
        self._request_was_last = False
        self._next_index = 0
        self._dropped = 0
        self._live = False
        self._closed = False

    def open(self) -> None:
        """Keep frames from now on; sound from before the persona was ready is not answered."""
        with self._lock:
            self._live = True
            self._reblocker = Reblocker()

    def close(self) -> None:
        """Give up what waits; nothing is due from now on."""
        with self._lock:
            self._closed = True
            self._ledger.dropped(self._frames.clear())
            self._requests.clear()
        self._wake()

    @property
    def closed(self) -> bool:
        """Whether the caller is gone."""
        return self._closed

    @property
    def due_s(self) -> float:
        """When the oldest item came, time.perf_counter(); inf for nothing.

        -inf for a request, unless another one was the last that was taken.
        """
        with self._lock:
            if self._closed:
                return math.inf
            if self._requests and not self._request_was_last:
                return -math.inf
            frame_s = self._frames.peek()[2] if self._frames else math.inf
            return min(frame_s, self._requests[0][1]) if self._requests else frame_s

    def put_audio(self, samples: np.ndarray) -> None:
        """Add the caller's sound; a frame too many makes the queue drop to live.

        samples: int16 [n], 24 kHz mono, any n >= 0.
        """
        arrived_s = time.perf_counter()
        with self._lock:
            if self._closed:
                return
            came, dropped_before = self._next_index, self._dropped
            for pcm in self._reblocker.push(samples):
                self._dropped += self._frames.push((self._next_index, pcm, arrived_s))
                self._next_index += 1
                if not self._live:
                    self._dropped += self._frames.clear()
            self._ledger.took_in(self._next_index - came, self._dropped - dropped_before)
        self._wake()

    def put_request(self, request: CallerEvent) -> bool:
        """Add a request; False when too many of them wait already."""
        with self._lock:
            if len(self._requests) >= MAX_REQUESTS:
                return False
            self._requests.append((request, time.perf_counter()))
        self._wake()
        return True

    def take(self) -> InputFrame | CallerEvent | None:
        """Return the next request or frame; None when nothing is due."""
        with self._lock:
            if self._closed:
                return None
            self._request_was_last = bool(self._requests)
            if self._requests:
                return self._requests.popleft()[0]
            if not self._frames:
                return None
            index, pcm, arrived_s = self._frames.pop()
            return InputFrame(index, pcm, arrived_s, self._dropped)

# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""A bounded queue that prefers the present: when it overflows it drops to live and counts."""

from collections import deque
from typing import Generic
from typing import TypeVar

T = TypeVar('T')


class LiveQueue(Generic[T]):
    """First in, first out, at most `capacity` items; for one thread.

    Overflow drops everything but the newest item: a queue that only sheds its oldest would
    stay full, and late, for as long as the reader is just fast enough.
    """

    def __init__(self, capacity: int) -> None:
        self._items: deque[T] = deque()
        self._capacity = capacity

    def __len__(self) -> int:
        return len(self._items)

    def push(self, item: T) -> int:
        """Add an item; return how many were dropped for it."""
        dropped = 0
        if len(self._items) >= self._capacity:
            dropped = self.clear()
        self._items.append(item)
        return dropped

    def peek(self) -> T:
        """Return the oldest item and leave it; raises IndexError when empty."""
        return self._items[0]

    def pop(self) -> T:
        """Take the oldest item; raises IndexError when empty."""
        return self._items.popleft()

    def keep_newest(self) -> int:
        """Drop everything but the newest item; return how many items that were."""
        dropped = max(0, len(self._items) - 1)
        for _ in range(dropped):
            self._items.popleft()
        return dropped

    def clear(self) -> int:
        """Drop everything; return how many items that were."""
        dropped = len(self._items)
        self._items.clear()
        return dropped

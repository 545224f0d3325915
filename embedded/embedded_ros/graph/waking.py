# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""How a sleeping wait set learns that something became ready, without polling."""

import threading


class Waker:
    """A binary semaphore on which one thread sleeps; many threads may signal it.

    A plain lock does it: locked means nothing happened yet. It is several times cheaper than
    `threading.Condition`, gives up the GIL while waiting, and may be signalled from a signal
    handler that interrupted any of its own methods.
    """

    __slots__ = ('_lock',)

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._lock.acquire()

    def clear(self) -> None:
        """Forget signals that came before this call."""
        self._lock.acquire(blocking=False)

    def signal(self) -> None:
        """End the current wait, or the next one."""
        try:
            self._lock.release()
        except RuntimeError:  # signalled twice: the first one is still to be noticed
            pass

    def wait(self, timeout_s: float) -> None:
        """Sleep until signalled or until timeout_s (negative: for ever) has passed."""
        self._lock.acquire(timeout=timeout_s)


_this_thread = threading.local()


def waker_of_this_thread() -> Waker:
    """Return the calling thread's waker; it has one, since it can sleep in one place only."""
    try:
        return _this_thread.waker
    except AttributeError:
        waker = _this_thread.waker = Waker()
        return waker


class Waitable:
    """Something a wait set can wait for.

    `pending` is truthy while it is ready. A waker is in `wakers` while its thread sleeps: it must
    be added first and `pending` looked at afterwards; a producer must change `pending` first and
    notify afterwards. Then no wake-up is lost, without any lock.
    """

    __slots__ = ('__weakref__', 'pending', 'wakers')

    def __init__(self, pending: object = False) -> None:
        self.pending = pending
        self.wakers: set[Waker] = set()

    def notify(self) -> None:
        """Wake every thread that waits for this."""
        for waker in tuple(self.wakers):
            waker.signal()


class Trigger(Waitable):
    """A guard condition: set by anyone, taken by the wait that sees it."""

    __slots__ = ()

    def set(self) -> None:
        """Make it ready and wake the waiters."""
        self.pending = True
        self.notify()

# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""The pattern of every rclpy handle: destroyed on request, but never while it is in use."""

from embedded_ros.extension.exceptions import InvalidHandle


class Destroyable:
    """A handle that is entered while in use (`with handle:`).

    Subclasses free what they hold in `_release`. No lock is needed: a user first shows itself
    and then looks whether destruction was requested; a destroyer does it the other way round.
    """

    def __init__(self) -> None:
        self._users: list[None] = []  # append and pop are atomic, += is not
        self._destruction_requested = False
        self._unreleased = [None]

    def __enter__(self) -> None:
        """Keep the handle alive; raises InvalidHandle when it was destroyed."""
        self._users.append(None)
        if self._destruction_requested:
            self.__exit__(None, None, None)
            raise InvalidHandle('cannot use Destroyable because destruction was requested')

    def __exit__(self, exc_type: object, exc: object, traceback: object) -> None:
        """Stop using the handle; the last user destroys it where that was requested."""
        self._users.pop()
        if self._destruction_requested and not self._users:
            self._release_once()

    def destroy_when_not_in_use(self) -> None:
        """Destroy the handle now, or as soon as its last user leaves."""
        self._destruction_requested = True
        if not self._users:
            self._release_once()

    def __del__(self) -> None:
        """Free a handle that was dropped without being destroyed."""
        if getattr(self, '_unreleased', None):  # None where __init__ did not get that far
            self._unreleased.clear()
            self._abandon()

    def _release_once(self) -> None:
        try:
            self._unreleased.pop()
        except IndexError:
            return
        self._release()

    def _release(self) -> None:
        """Free what the handle holds; called once."""

    def _abandon(self) -> None:
        """Free what the handle holds, from a finalizer: in any thread, so it must not wait."""
        self._release()

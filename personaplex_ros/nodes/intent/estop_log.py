# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""One line in the log for every press of the emergency stop, and one for its release."""

import threading
from typing import Any

_WHO = {
    'user': "the user's words",
    'topic': 'its topic',
    'service': 'the service estop',
}


class EstopLog:
    """Told of the stop by whoever looks at it, on any thread; only a change is worth a line."""

    def __init__(self, log: Any) -> None:
        """log: the node's logger."""
        self._log = log
        self._lock = threading.Lock()
        self._by = ''

    def note(self, by: str) -> None:
        """Take who has pressed it; '' is released."""
        with self._lock:
            before, self._by = self._by, by
        if by and not before:
            self._log.warning(f'emergency stop: pressed by {_WHO.get(by, by)}; nothing is called')
        elif before and not by:
            was = _WHO.get(before, before)
            self._log.warning(f'emergency stop: released; it was pressed by {was}')

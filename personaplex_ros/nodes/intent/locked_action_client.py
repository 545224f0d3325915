# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""An action client that may be used while its executor works on other threads."""

import threading
from typing import Any

from rclpy.action import ActionClient


class LockedActionClient(ActionClient):
    """Hold `guard` around every asynchronous call.

    humble's ActionClient notes a request after it was sent. An answer that another thread takes
    in between is ignored as unexpected, and its future never ends: here it waits for the note.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self.guard = threading.RLock()
        super().__init__(*args, **kwargs)

    async def execute(self, taken_data: Any) -> None:
        """Take answers; nothing in it waits."""
        with self.guard:
            await super().execute(taken_data)

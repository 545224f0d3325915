# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""How long work on gigabytes says how far it is."""

from collections.abc import Iterator
from contextlib import AbstractContextManager
from contextlib import contextmanager
from typing import Protocol

from personaplex_ros.model.convert_copy import Advance


class Progress(Protocol):
    """Opens one piece of work, `total` bytes long, and is told of every part of it."""

    def __call__(self, what: str, total: int) -> AbstractContextManager[Advance]:
        """Return a context whose value is called with how many more bytes are done."""


@contextmanager
def no_progress(what: str, total: int) -> Iterator[Advance]:
    """Say nothing."""
    yield lambda size: None

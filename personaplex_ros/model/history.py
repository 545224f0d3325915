# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""What both sides said lately, as the tokens that the model read."""

import torch


class History:
    """A ring of columns; column f is what the model read in the session's frame f."""

    def __init__(self, streams: int, capacity: int, device: torch.device) -> None:
        """streams: 1 + n_q. capacity: columns kept."""
        self._ring = torch.zeros((streams, capacity), dtype=torch.long, device=device)
        self._oldest = 0
        self.end = 0
        """Frame of the next column."""

    @property
    def first(self) -> int:
        """Oldest frame that is still here."""
        return max(self._oldest, self.end - self._ring.shape[1])

    def add(self, column: torch.Tensor) -> None:
        """Take the column of frame `end`, int64 [streams]."""
        self._ring[:, self.end % self._ring.shape[1]].copy_(column)
        self.end += 1

    def forget(self) -> None:
        """Let go of everything up to now."""
        self._oldest = self.end

    def columns(self, first: int, end: int) -> torch.Tensor:
        """Return a copy of frames first to end - 1, int64 [streams, end - first].

        Raises IndexError for frames that are gone or still to come.
        """
        if not self.first <= first <= end <= self.end:
            raise IndexError(f'frames {first} to {end} of {self.first} to {self.end}')
        at = torch.arange(first, end, device=self._ring.device) % self._ring.shape[1]
        return self._ring[:, at]

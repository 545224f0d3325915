# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""Prompts, and the memory that follows them, taken in beside the conversations that go on."""

from collections import deque
from collections.abc import Callable

import torch

from personaplex_ros.model.history import History
from personaplex_ros.model.lm import FREE
from personaplex_ros.model.lm import LanguageModel
from personaplex_ros.model.prompting import PreparedPrompt


class PromptJob:
    """A prompt, up to its last position: that one belongs to the conversation's first step."""

    def __init__(self, prepared: PreparedPrompt, done: Callable[[LanguageModel], None]) -> None:
        """done: told once, with the state that now holds everything."""
        self.prepared = prepared
        self.done = done

    @property
    def end(self) -> int:
        """How many positions to take in, as things stand."""
        return self.prepared.positions - 1

    def inputs(self, lm: LanguageModel, start: int, stop: int) -> torch.Tensor:
        """Return the input embeddings of positions start to stop - 1, [1, stop - start, dim]."""
        embeddings = self.prepared.embeddings
        known = 0 if embeddings is None else len(embeddings)
        parts = []
        if start < known and embeddings is not None:
            parts.append(lm.as_inputs(embeddings[start:stop]))
        if known < stop:
            parts.append(lm.embed(self._columns(max(start, known), stop)))
        return torch.cat(parts, dim=1)

    def last_column(self) -> torch.Tensor:
        """Return what the position after those holds, int64 [1 + n_q]."""
        return self.prepared.table[:, -1]

    def _columns(self, start: int, stop: int) -> torch.Tensor:
        return self.prepared.table[:, start:stop]


class MemoryJob(PromptJob):
    """A prompt and after it what was said since `first`; it grows as long as people talk."""

    def __init__(
        self,
        prepared: PreparedPrompt,
        history: History,
        first: int,
        waiting: Callable[[], torch.Tensor],
        done: Callable[[LanguageModel], None],
    ) -> None:
        """first: frame of the history. waiting: returns the column that the next step reads."""
        super().__init__(prepared, done)
        self._history = history
        self._first = first
        self._waiting = waiting

    @property
    def end(self) -> int:
        """The whole prompt and every frame up to now."""
        return self.prepared.positions + self._history.end - self._first

    def last_column(self) -> torch.Tensor:
        """Return what the next step would have read anyway, its own part of it."""
        column = self._waiting().clone()
        return self._after_prompt(column) if self._history.end == self._first else column

    def _columns(self, start: int, stop: int) -> torch.Tensor:
        prompt = self.prepared.positions
        parts = []
        if start < prompt:
            parts.append(self.prepared.table[:, start:stop])
        if stop > prompt:
            begin = max(start, prompt)
            offset = self._first - prompt
            said = self._history.columns(begin + offset, stop + offset)
            if begin == prompt:
                said[:, 0] = self._after_prompt(said[:, 0])
            parts.append(said)
        return torch.cat(parts, dim=1)

    def _after_prompt(self, column: torch.Tensor) -> torch.Tensor:
        """Give the first column after the prompt the delayed codes of the prompt's last frame."""
        agent = torch.tensor(self.prepared.last_forced, device=column.device)
        user = self.prepared.last_user_codes[0, :, 0]
        delayed = torch.cat([agent, torch.where(self._user_delayed(), user, FREE)])
        return torch.where(delayed == FREE, column, delayed)

    def _user_delayed(self) -> torch.Tensor:
        return torch.tensor(self.prepared.user_delays, device=self.prepared.table.device) > 0


EVERYTHING = 1 << 30
"""More positions than any prompt has."""


class Prefiller:
    """One spare state and the jobs that wait for it, first come, first served."""

    def __init__(self, lm: LanguageModel) -> None:
        """lm: a state that no conversation uses."""
        self._lm = lm
        self._jobs: deque[PromptJob] = deque()
        self._taken_in = 0

    @property
    def pending(self) -> bool:
        """Whether there is something to do."""
        return bool(self._jobs)

    def submit(self, job: PromptJob) -> None:
        """Let a job wait for its turn."""
        self._jobs.append(job)

    def cancel(self, job: PromptJob) -> None:
        """Forget a job, begun or not; one that is not here is no error."""
        if job in self._jobs:
            if job is self._jobs[0]:
                self._taken_in = 0
            self._jobs.remove(job)

    def finish(self, job: PromptJob) -> None:
        """Take in all that is left of this job now; others wait, a begun one begins anew later.

        Raises RuntimeError for a job that is not here any more.
        """
        if job not in self._jobs:
            raise RuntimeError('a prefill was lost: the model failed in it before')
        if job is not self._jobs[0]:
            self._jobs.remove(job)
            self._jobs.appendleft(job)
            self._taken_in = 0
        while job in self._jobs:
            self.advance(EVERYTHING)

    def advance(self, positions: int) -> int:
        """Take in at most so many positions of the first job; tell how many it were.

        With the last of them the job is done and its owner has been told.
        """
        if not self._jobs:
            return 0
        job = self._jobs[0]
        if self._taken_in == 0:
            self._lm.reset()
        start = self._taken_in
        stop = min(start + positions, job.end)
        if stop > start:
            self._lm.take_in(job.inputs(self._lm, start, stop))
            self._taken_in = stop
        if stop == job.end:
            self._jobs.popleft()
            self._taken_in = 0
            self._lm.wait_at(job.last_column())
            job.done(self._lm)
        return stop - start

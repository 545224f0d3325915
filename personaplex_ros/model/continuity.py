# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""Who the agent is and what it remembers, from one state of the model to the next."""

from collections.abc import Callable
from dataclasses import dataclass
import time

import torch

from personaplex_ros.model.history import History
from personaplex_ros.model.lm import LanguageModel
from personaplex_ros.model.memory import MemorySettings
from personaplex_ros.model.memory import Window
from personaplex_ros.model.personas import Personas
from personaplex_ros.model.prefill import EVERYTHING
from personaplex_ros.model.prefill import PromptJob
from personaplex_ros.model.prompt import Prompt
from personaplex_ros.model.prompt import PromptReport
from personaplex_ros.model.prompting import PreparedPrompt


@dataclass(frozen=True)
class Arrival:
    """The running state has become another one, between two frames."""

    prepared: PreparedPrompt
    memory_frames: int
    ms: float
    """Since it was asked for."""

    @property
    def report(self) -> PromptReport:
        """The prompt's length and what it took."""
        return PromptReport(positions=self.prepared.positions, ms=self.ms)


class Continuity:
    """Moves one running state; what takes long is done on the spare one in the meantime."""

    def __init__(
        self,
        lm: LanguageModel,
        personas: Personas,
        settings: MemorySettings,
        device: torch.device,
    ) -> None:
        self._lm = lm
        self._personas = personas
        self._window = Window(lm.window, settings)
        self._history = History(len(lm.delays), self._window.history_frames, device)
        self._prepared: PreparedPrompt | None = None
        self._job: PromptJob | None = None
        self._finish_at = 0
        self._begun_at = 0
        self._quiet_frames = 0

    @property
    def pending(self) -> bool:
        """Whether another state is being prepared."""
        return self._job is not None

    def become(self, prompt: Prompt, arrived: Callable[[Arrival], None]) -> None:
        """Begin anew as this persona, now if it is kept, else after its prefill.

        Takes the place of a change that is under way. Raises PromptError, and then nothing has
        changed. `arrived` has to take the prompt's last step.
        """
        started_s = time.perf_counter()
        kept = self._personas.kept(prompt)
        if kept is not None:
            self.cancel()
            self._lm.restore(kept.snapshot)
            self._begin_anew(kept.prepared, started_s, arrived)
            return

        def take_over(spare: LanguageModel) -> None:
            self._lm.adopt(spare)
            self._begin_anew(job.prepared, started_s, arrived)
            self._job = None

        job = self._personas.begin(prompt, take_over)
        self.cancel()
        self._job = job
        self._finish_at = self._lm.window

    def become_remembering(self, prompt: Prompt, arrived: Callable[[Arrival], None]) -> None:
        """Become this persona, with what was said lately behind its prompt. Raises PromptError."""
        self._remember(self._personas.prepare(prompt), arrived)

    def note_frame(self, somebody_speaks: bool, arrived: Callable[[Arrival], None]) -> None:
        """Remember the frame just stepped; begin a rebuild where the window asks for one."""
        self._history.add(self._lm.last_read)
        self._quiet_frames = 0 if somebody_speaks else self._quiet_frames + 1
        if self._job is None:
            if self._prepared is not None and self._rebuild_due():
                self._remember(self._prepared, arrived)
        elif self._lm.position >= self._finish_at:
            self.finish()

    def finish(self) -> None:
        """Wait for what is pending."""
        while self._job is not None:
            if not self._personas.prefiller.pending:
                raise RuntimeError('a prefill was lost: the model failed in it before')
            self._personas.prefiller.advance(EVERYTHING)

    def cancel(self) -> None:
        """Stay as it is."""
        if self._job is not None:
            self._personas.prefiller.cancel(self._job)
            self._job = None

    def _rebuild_due(self) -> bool:
        return self._window.rebuild_due(self._begun_at, self._lm.position, self._quiet_frames)

    def _remember(self, prepared: PreparedPrompt, arrived: Callable[[Arrival], None]) -> None:
        started_s = time.perf_counter()
        wanted = self._window.memory_frames(prepared.positions)
        first = max(self._history.first, self._history.end - wanted)

        def take_over(spare: LanguageModel) -> None:
            self._lm.adopt(spare)
            self._settle(prepared)
            memory_frames = self._history.end - first
            arrived(Arrival(prepared, memory_frames, 1e3 * (time.perf_counter() - started_s)))
            self._job = None

        self.cancel()
        rebuilt = prepared.positions + self._history.end - first
        position = self._lm.position
        self._finish_at = position + self._window.patience(max(position, rebuilt))
        self._job = self._personas.begin_with_memory(
            prepared, self._history, first, self._lm, take_over
        )

    def _begin_anew(
        self, prepared: PreparedPrompt, started_s: float, arrived: Callable[[Arrival], None]
    ) -> None:
        self._history.forget()
        arrived(Arrival(prepared, 0, 1e3 * (time.perf_counter() - started_s)))
        self._settle(prepared)

    def _settle(self, prepared: PreparedPrompt) -> None:
        self._prepared = prepared
        self._begun_at = self._lm.position
        self._quiet_frames = 0

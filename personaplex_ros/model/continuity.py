# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""Who the agent is and what it remembers, from one state of the model to the next."""

from collections.abc import Callable
from dataclasses import dataclass
import logging
import time

import torch

from personaplex_ros.model.history import History
from personaplex_ros.model.lm import LanguageModel
from personaplex_ros.model.memory import MemorySettings
from personaplex_ros.model.memory import Window
from personaplex_ros.model.personas import Personas
from personaplex_ros.model.prefill import PromptJob
from personaplex_ros.model.prompt import Prompt
from personaplex_ros.model.prompt import PromptError
from personaplex_ros.model.prompt import PromptReport
from personaplex_ros.model.prompting import PreparedPrompt

Facts = tuple[str, ...]

logger = logging.getLogger(__name__)


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
        prepared = self.prepared
        return PromptReport(positions=prepared.positions, ms=self.ms, facts=prepared.facts)


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
        self._persona: Prompt | None = None
        self._prepared: PreparedPrompt | None = None
        self._facts: Facts = ()
        self._facts_tried: Facts = ()  # for the running state's prompt, whether or not all fitted
        self._facts_are_urgent = False
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
            self._forget_facts()
            self._lm.restore(kept.snapshot)
            self._begin_anew(prompt, kept.prepared, started_s, arrived)
            return

        def take_over(spare: LanguageModel) -> None:
            self._lm.adopt(spare)
            self._begin_anew(prompt, job.prepared, started_s, arrived)
            self._job = None

        job = self._personas.begin(prompt, take_over)
        self.cancel()
        self._forget_facts()
        self._job = job
        self._finish_at = self._lm.window

    def become_remembering(self, prompt: Prompt, arrived: Callable[[Arrival], None]) -> None:
        """Become this persona, with what was said lately behind its prompt. Raises PromptError."""
        self._remember(self._knowing(prompt), arrived, prompt)

    def learn(self, facts: Facts, at_the_next_pause: bool) -> None:
        """Put these facts, the oldest first, behind the persona's text when it is next rebuilt.

        They take the place of those given before, and last until another persona begins anew.
        at_the_next_pause: what is new is worth a rebuild; a wish that waits for its pause stays.
        """
        self._facts = facts
        wished = at_the_next_pause or self._facts_are_urgent
        self._facts_are_urgent = wished and facts != self._facts_tried

    def note_frame(self, somebody_speaks: bool, arrived: Callable[[Arrival], None]) -> None:
        """Remember the frame just stepped; begin a rebuild where the window asks for one."""
        self._history.add(self._lm.last_read)
        self._quiet_frames = 0 if somebody_speaks else self._quiet_frames + 1
        if self._job is None:
            if self._persona is not None and self._rebuild_due():
                self._remember(self._next_prompt(self._persona), arrived)
        elif self._lm.position >= self._finish_at:
            self.finish()

    def finish(self) -> None:
        """Wait for what is pending."""
        if self._job is not None:
            self._personas.prefiller.finish(self._job)

    def cancel(self) -> None:
        """Stay as it is."""
        if self._job is not None:
            self._personas.prefiller.cancel(self._job)
            self._job = None

    def _rebuild_due(self) -> bool:
        if self._facts_are_urgent and self._window.is_pause(self._quiet_frames):
            return True
        return self._window.rebuild_due(self._begun_at, self._lm.position, self._quiet_frames)

    def _forget_facts(self) -> None:
        self._facts, self._facts_are_urgent = (), False

    def _knowing(self, prompt: Prompt) -> PreparedPrompt:
        most_positions = self._window.knowing_positions
        return self._personas.prepare(prompt, self._facts, most_positions)

    def _next_prompt(self, persona: Prompt) -> PreparedPrompt:
        """Return the persona's prompt with the facts of now; nothing may end a conversation."""
        assert self._prepared is not None
        if self._facts == self._facts_tried:
            return self._prepared
        try:
            return self._knowing(persona)
        except PromptError as error:  # its voice has gone from the disk since
            logger.warning('facts are left out of the prompt: %s', error)
            return self._prepared

    def _remember(
        self,
        prepared: PreparedPrompt,
        arrived: Callable[[Arrival], None],
        persona: Prompt | None = None,
    ) -> None:
        """persona: whom it makes of the agent; None for who it is."""
        started_s = time.perf_counter()
        facts = self._facts
        self._facts_are_urgent = False
        wanted = self._window.memory_frames(prepared.positions)
        first = max(self._history.first, self._history.end - wanted)

        def take_over(spare: LanguageModel) -> None:
            self._lm.adopt(spare)
            self._settle(persona or self._persona, prepared, facts)
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
        self,
        persona: Prompt,
        prepared: PreparedPrompt,
        started_s: float,
        arrived: Callable[[Arrival], None],
    ) -> None:
        self._history.forget()
        arrived(Arrival(prepared, 0, 1e3 * (time.perf_counter() - started_s)))
        self._settle(persona, prepared, ())

    def _settle(self, persona: Prompt | None, prepared: PreparedPrompt, facts: Facts) -> None:
        self._persona, self._prepared, self._facts_tried = persona, prepared, facts
        self._begun_at = self._lm.position
        self._quiet_frames = 0

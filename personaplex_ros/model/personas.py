# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""How a persona that is asked for becomes the state of a language model."""

from collections.abc import Callable
from collections.abc import Sequence
from dataclasses import dataclass

from personaplex_ros.model.history import History
from personaplex_ros.model.lm import LanguageModel
from personaplex_ros.model.persona_cache import KeptPersona
from personaplex_ros.model.persona_cache import PersonaCache
from personaplex_ros.model.persona_cache import PersonaKey
from personaplex_ros.model.prefill import MemoryJob
from personaplex_ros.model.prefill import Prefiller
from personaplex_ros.model.prefill import PromptJob
from personaplex_ros.model.prompt import Prompt
from personaplex_ros.model.prompting import PreparedPrompt
from personaplex_ros.model.prompting import PromptPreparer


@dataclass(frozen=True)
class Personas:
    """Shared by the sessions of a model."""

    key: Callable[[Prompt], PersonaKey]
    """Raises PromptError for a voice that is not there."""

    preparer: PromptPreparer
    cache: PersonaCache
    prefiller: Prefiller

    def kept(self, prompt: Prompt) -> KeptPersona | None:
        """Return the persona as it was after an earlier prefill. Raises PromptError."""
        return self.cache.get(self.key(prompt))

    def begin(self, prompt: Prompt, done: Callable[[LanguageModel], None]) -> PromptJob:
        """Order the prefill of a persona; keeps it too, once it is done. Raises PromptError."""
        key = self.key(prompt)
        prepared = self.preparer.prepare(prompt)

        def keep_and_tell(lm: LanguageModel) -> None:
            self.cache.keep(key, lm.snapshot_nbytes, lambda: KeptPersona(lm.snapshot(), prepared))
            done(lm)

        job = PromptJob(prepared, keep_and_tell)
        self.prefiller.submit(job)
        return job

    def prepare(self, prompt: Prompt, facts: Sequence[str], most_positions: int) -> PreparedPrompt:
        """Return the prompt of a persona that knows facts. Raises PromptError.

        The cache never hears of it: whoever asks for this persona later begins without them.
        """
        return self.preparer.prepare_knowing(prompt, facts, most_positions)

    def begin_with_memory(
        self,
        prepared: PreparedPrompt,
        history: History,
        first: int,
        lm: LanguageModel,
        done: Callable[[LanguageModel], None],
    ) -> MemoryJob:
        """Order the prefill of a persona and of what was said from frame `first` on.

        lm: the running state, whose waiting column closes the memory.
        """
        job = MemoryJob(prepared, history, first, lambda: lm.waiting, done)
        self.prefiller.submit(job)
        return job

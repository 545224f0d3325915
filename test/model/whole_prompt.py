# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""A prompt taken in at once, by what does it beside the conversations."""

from personaplex_ros.model.lm import LanguageModel
from personaplex_ros.model.prefill import EVERYTHING
from personaplex_ros.model.prefill import Prefiller
from personaplex_ros.model.prefill import PromptJob
from personaplex_ros.model.prompting import PreparedPrompt


def take_in(lm: LanguageModel, prepared: PreparedPrompt) -> None:
    """Forget everything and take in the prompt; its last position waits for the next step."""
    prefiller = Prefiller(lm)
    prefiller.submit(PromptJob(prepared, lambda _: None))
    prefiller.advance(EVERYTHING)

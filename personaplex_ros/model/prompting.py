# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""Makes a prompt ready to run: reads the voice, encodes the text, lays out the positions."""

from collections.abc import Callable
from collections.abc import Sequence
from dataclasses import dataclass

import torch

from personaplex_ros.model.config import ModelConfig
from personaplex_ros.model.lm import FREE
from personaplex_ros.model.prompt import position_table
from personaplex_ros.model.prompt import Prompt
from personaplex_ros.model.prompt import prompt_frames
from personaplex_ros.model.prompt import PromptTooLong
from personaplex_ros.model.prompt import with_facts
from personaplex_ros.model.prompt import wrap_system
from personaplex_ros.model.voices import Voice
from personaplex_ros.model.voices import VoiceLibrary


@dataclass(frozen=True)
class PreparedPrompt:
    """A prompt as a PromptJob and one step take it, on the model's device."""

    table: torch.Tensor
    """int64 [1 + n_q, T], what each position holds (prompt.position_table)."""

    embeddings: torch.Tensor | None
    """[E, dim] in place of the first E positions, or None."""

    last_user_codes: torch.Tensor
    """int64 [1, user codebooks, 1] of the last frame."""

    last_forced: list[int]
    """Tokens of position T: the last frame's delayed codes; FREE is the conversation's."""

    user_delays: list[int]
    """Delay in frames of each user codebook."""

    facts: int = 0
    """Facts that stand in it."""

    @property
    def positions(self) -> int:
        """Length of the prompt in frames, T."""
        return self.table.shape[1]


class PromptPreparer:
    """Knows the voices, the tokenizer and the layout of one model."""

    def __init__(
        self,
        config: ModelConfig,
        voices: VoiceLibrary,
        encode_text: Callable[[str], list[int]],
        device: torch.device,
    ) -> None:
        """encode_text: text -> SentencePiece ids without BOS and EOS."""
        self._config = config
        self._voices = voices
        self._encode_text = encode_text
        self._device = device

    def prepare(self, prompt: Prompt) -> PreparedPrompt:
        """Raises UnknownVoice, PromptTooLong or another PromptError; changes nothing."""
        voice = self._voices.load(prompt.voice)
        frames = self._frames(voice, prompt.text)
        limit = self._config.prompt.max_positions
        if frames.shape[1] > limit:
            raise PromptTooLong(
                f'the prompt needs {frames.shape[1]} positions (voice {voice.codes.shape[1]}, '
                f'the rest is text) and {limit} are allowed: shorten the text'
            )
        return self._prepared(voice, frames)

    def prepare_knowing(
        self, prompt: Prompt, facts: Sequence[str], most_positions: int
    ) -> PreparedPrompt:
        """Prepare a persona that knows facts; the oldest, which come first, go where room ends.

        most_positions: of the prompt with facts; a persona that is longer alone knows none.
        Raises as prepare().
        """
        voice = self._voices.load(prompt.voice)
        limit = min(most_positions, self._config.prompt.max_positions)
        for first in range(len(facts)):
            known = facts[first:]
            text = with_facts(prompt.text, known, self._config.prompt.system_tag)
            frames = self._frames(voice, text)
            if frames.shape[1] <= limit:
                return self._prepared(voice, frames, len(known))
        return self.prepare(prompt)

    def _frames(self, voice: Voice, text: str) -> torch.Tensor:
        wrapped = wrap_system(text, self._config.prompt.system_tag)
        return prompt_frames(self._config, voice.codes, self._encode_text(wrapped))

    def _prepared(self, voice: Voice, frames: torch.Tensor, facts: int = 0) -> PreparedPrompt:
        config = self._config
        user = frames[config.agent_codebooks + 1 :, -1]
        embeddings = voice.embeddings
        return PreparedPrompt(
            table=position_table(config, frames).to(self._device),
            embeddings=None if embeddings is None else embeddings.to(self._device),
            last_user_codes=user[None, :, None].to(self._device),
            last_forced=self._delayed_codes(frames),
            user_delays=config.lm['delays'][config.agent_codebooks + 1 :],
            facts=facts,
        )

    def _delayed_codes(self, frames: torch.Tensor) -> list[int]:
        """Tokens that position T takes from frames before it; text and first code are free."""
        count = frames.shape[1]
        delays = self._config.lm['delays'][: self._config.agent_codebooks + 1]
        return [
            int(frames[stream, count - delay]) if delay else FREE
            for stream, delay in enumerate(delays)
        ]

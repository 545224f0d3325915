# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""A two-channel conversation as tokens: who says what in which frame."""

from dataclasses import dataclass

import numpy as np
import sentencepiece
import torch

from personaplex_ros.audio.format import FRAME_RATE_HZ
from personaplex_ros.model.config import ModelConfig
from personaplex_ros.model.prompt import prompt_frames
from personaplex_ros.model.prompt import wrap_system
from training import recipe
from training.lm.banks import Banks
from training.lm.banks import Entry
from training.speech.voices import AGENT_VOICES
from training.text.domain import load_domain
from training.text.domain import spoken
from training.text.script import Persona
from training.text.script import persona_choices
from training.text.script import persona_labels
from training.text.vocabulary import word_ids

TEXT, AGENT, USER = 0, slice(1, 9), slice(9, 17)
TEXT_LEAD_FRAMES = 3
"""Text comes 240 ms before its sound, so that the model has decided before it speaks."""

WORD_DELAY_FRAMES = 1
"""The acoustic codes of a frame are read one frame after its semantic code."""

STOP_FRAMES = (1, 2)
"""From the visitor's first sound to the agent's silence."""

NO_INTENT = NO_WORD = UNSAID = -100


@dataclass
class Dialogue:
    """Tokens and what is to be learnt where."""

    frames: np.ndarray
    """int16 [17, T]: text, agent, user, without delays; the prompt first."""

    prompt: int
    """Frames of the prompt."""

    intents: np.ndarray
    """int16 [T]: what the visitor wants, where it has just been said; NO_INTENT elsewhere."""

    words: np.ndarray
    """int16 [T]: the visitor's word that has just ended; NO_WORD elsewhere."""

    speaking: np.ndarray
    """bool [T]: the agent's sound."""

    persona: np.ndarray
    """int16 [questions]: what the prompt says and in which voice; UNSAID without a prompt."""


class Canvas:
    """Frames after a prompt, in which clips are laid."""

    def __init__(
        self, config: ModelConfig, banks: Banks, tokenizer: sentencepiece.SentencePieceProcessor
    ) -> None:
        """Knows what all conversations share."""
        self._config, self._banks, self._tokenizer = config, banks, tokenizer
        self._words = {word: number for number, word in enumerate(load_domain().visitor_words)}

    def begin(
        self, persona: Persona, speaker: int, voice: np.ndarray, user: np.ndarray
    ) -> Dialogue:
        """Return a conversation in which nobody has said anything.

        speaker: which of AGENT_VOICES. voice: [codebooks, V] of the agent. user: [codebooks, T]
        of what the microphone hears.
        """
        text = wrap_system(persona.prompt, self._config.prompt.system_tag)
        codes = torch.from_numpy(voice.astype(np.int64))
        prompt = prompt_frames(self._config, codes, self._tokenizer.encode(text)).numpy()
        after = np.concatenate(
            [
                np.full((1, user.shape[1]), recipe.PAD),
                self._banks.silence(user.shape[1]),
                user,
            ]
        )
        frames = np.concatenate([prompt, after], axis=1).astype(np.int16)
        labels = [*persona_labels(load_domain(), persona), speaker]
        return _labelled(frames, prompt.shape[1], np.array(labels, dtype=np.int16))

    def begin_unprompted(self, user: np.ndarray) -> Dialogue:
        """Return frames in which somebody may talk, but not to a persona."""
        frames = [
            np.full((1, user.shape[1]), recipe.PAD),
            self._banks.silence(user.shape[1]),
            user,
        ]
        unsaid = np.full(len(prompt_choices()), UNSAID, dtype=np.int16)
        return _labelled(np.concatenate(frames).astype(np.int16), 0, unsaid)

    def ask(self, dialogue: Dialogue, clip: Entry, at: int) -> int:
        """Let the visitor begin in frame `at`; returns the first frame after the last sound."""
        lay(dialogue.frames[USER], clip.codes, at)
        words, ends_s = spoken(clip.text), [*clip.word_starts_s[1:], clip.end / FRAME_RATE_HZ]
        if len(words) != len(ends_s):  # espeak-ng counts some words twice
            return at + clip.end
        for word, end_s in zip(words, ends_s, strict=True):
            heard = at + int(end_s * FRAME_RATE_HZ) + WORD_DELAY_FRAMES
            if heard < len(dialogue.words):
                dialogue.words[heard] = self._words[word]
        return at + clip.end

    def answer(self, dialogue: Dialogue, clip: Entry, text_at: int) -> tuple[int, int]:
        """Let the agent's text begin; returns the first frame of its sound and the one behind."""
        sound_at = text_at + 1 + TEXT_LEAD_FRAMES
        lay(dialogue.frames[AGENT], clip.codes, sound_at)
        end = sound_at + clip.codes.shape[1]
        dialogue.speaking[sound_at:end] = True
        self._write(dialogue.frames[TEXT], clip, sound_at)
        return sound_at, end

    def stop(self, dialogue: Dialogue, at: int) -> None:
        """Silence the agent from frame `at` on, in sound and text."""
        total = dialogue.frames.shape[1]
        if at < total:
            dialogue.frames[AGENT, at:] = self._banks.silence(total - at)
            dialogue.frames[TEXT, at:] = recipe.PAD
            dialogue.speaking[at:] = False

    def _write(self, row: np.ndarray, clip: Entry, sound_at: int) -> None:
        """One piece a frame, each word TEXT_LEAD_FRAMES before its sound, END_PAD before it."""
        free = sound_at - TEXT_LEAD_FRAMES - 1
        words = word_ids(self._tokenizer, clip.text)
        for ids, start_s in zip(words, clip.word_starts_s, strict=True):
            at = max(free + 1, sound_at + int(start_s * FRAME_RATE_HZ) - TEXT_LEAD_FRAMES)
            if at - 1 < len(row) and row[at - 1] == recipe.PAD:
                row[at - 1] = recipe.END_PAD
            tokens = ids[: max(0, len(row) - at)]
            row[at : at + len(tokens)] = tokens
            free = at + len(ids) - 1


def prompt_choices() -> list[int]:
    """Return how many answers there are to each question about a prompt, the voice last."""
    return [*persona_choices(load_domain()), len(AGENT_VOICES)]


def _labelled(frames: np.ndarray, prompt: int, persona: np.ndarray) -> Dialogue:
    """Return a dialogue in which nothing is labelled yet."""
    total = frames.shape[1]
    return Dialogue(
        frames=frames,
        prompt=prompt,
        intents=np.full(total, NO_INTENT, dtype=np.int16),
        words=np.full(total, NO_WORD, dtype=np.int16),
        speaking=np.zeros(total, dtype=bool),
        persona=persona,
    )


def lay(rows: np.ndarray, codes: np.ndarray, at: int) -> None:
    """Put codes [codebooks, n] into rows [codebooks, T], cut off at the end."""
    frames = max(0, min(codes.shape[1], rows.shape[1] - at))
    rows[:, at : at + frames] = codes[:, :frames]

# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""Conversations drawn at random: turns, pauses, interruptions, noise, silence."""

from dataclasses import dataclass

import numpy as np
import sentencepiece

from personaplex_ros.model.config import ModelConfig
from training.lm.banks import Banks
from training.lm.banks import Entry
from training.lm.dialogue import Canvas
from training.lm.dialogue import Dialogue
from training.lm.dialogue import lay
from training.lm.dialogue import STOP_FRAMES
from training.speech.voices import AGENT_VOICES
from training.text.domain import load_domain
from training.text.domain import sentence
from training.text.script import draw_persona
from training.text.script import draw_turns
from training.text.script import Persona
from training.text.script import stem_for
from training.text.script import Turn

VOICE_FRAMES = (12, 21)
MAX_TURNS = 8


@dataclass(frozen=True)
class Manners:
    """How conversations go."""

    begin_frames: tuple[int, int] = (4, 20)
    gap_frames: tuple[int, int] = (3, 5)
    """From the visitor's last sound to the agent's text: 240 to 400 ms, 3 frames more to sound."""

    pause_frames: tuple[int, int] = (4, 24)
    barge_in: float = 0.6
    barge_in_at: tuple[float, float] = (0.2, 0.8)
    """Share of the reply after which the visitor interrupts."""

    babble: float = 0.4
    """Share of conversations with others talking behind, which must not stop the agent."""

    silence: float = 0.25
    """Share with digital silence behind; the rest has noise."""

    nobody: float = 0.06
    """Share in which nobody speaks to the agent."""

    leaves: float = 0.2
    """Chance at each turn that nothing more is said."""


class Composer:
    """Draws conversations of one split of the voices."""

    def __init__(
        self,
        config: ModelConfig,
        banks: Banks,
        tokenizer: sentencepiece.SentencePieceProcessor,
        split: str,
        manners: Manners | None = None,
    ) -> None:
        """split: TRAIN, KNOWN or UNSEEN."""
        self._domain = load_domain()
        self._banks, self._split = banks, split
        self._visitors = banks.visitors_of(split)
        self._canvas = Canvas(config, banks, tokenizer)
        self._manners = manners or Manners()
        self.intents = {name: number for number, name in enumerate(self._domain.intents)}
        self.beginners = {intent.name for intent in self._domain.beginners}

    def conversation(self, rng: np.random.Generator, length: int) -> Dialogue:
        """Return one of `length` frames, the prompt included."""
        persona, voice, dialogue = self._begun(rng, length)
        if rng.random() < self._manners.nobody:
            return dialogue
        at = dialogue.prompt + _between(rng, self._manners.begin_frames)
        last: tuple[int, int] | None = None
        for turn in draw_turns(self._domain, persona, rng, MAX_TURNS):
            at, interrupts = self._next(rng, at, last)
            if at >= length or (last and rng.random() < self._manners.leaves):
                break
            last = self._turn(rng, dialogue, turn, voice, at, interrupts)
            at = last[1]
        return dialogue

    def listening(self, rng: np.random.Generator, length: int) -> Dialogue:
        """Return questions one after the other, without a prompt and without answers."""
        dialogue = self._canvas.begin_unprompted(self._background(rng, length))
        names = list(self.intents)
        at = _between(rng, self._manners.begin_frames)
        while at < length:
            intent = names[rng.integers(len(names))]
            end = self._canvas.ask(dialogue, self._visitors.draw(rng, self._split, intent), at)
            at = end + _between(rng, self._manners.gap_frames)
            dialogue.intents[end - 1 : at] = self.intents[intent]
        return dialogue

    def prompted(self, rng: np.random.Generator, length: int) -> Dialogue:
        """Return a prompt and quiet behind it."""
        return self._begun(rng, length)[2]

    def exchange(
        self, rng: np.random.Generator, length: int, intent: str
    ) -> tuple[Dialogue, str, str]:
        """Return one question without its answer, the right answer, and the agent's voice.

        For free running: the agent's side is left silent.
        """
        persona, voice, dialogue = self._begun(rng, length)
        wanted = self._domain.intents[intent]
        at = dialogue.prompt + 6
        self._canvas.ask(dialogue, self._visitors.draw(rng, self._split, intent), at)
        return dialogue, sentence(stem_for(self._domain, persona, wanted), persona.style), voice

    def _begun(self, rng: np.random.Generator, length: int) -> tuple[Persona, str, Dialogue]:
        persona = draw_persona(self._domain, rng)
        speaker = int(rng.integers(len(AGENT_VOICES)))
        voice = AGENT_VOICES[speaker].name
        sample = _voice_sample(rng, self._banks.agent.draw(rng, voice))
        dialogue = self._canvas.begin(persona, speaker, sample, self._background(rng, length))
        return persona, voice, _cut(dialogue, length)

    def _next(
        self, rng: np.random.Generator, at: int, last: tuple[int, int] | None
    ) -> tuple[int, bool]:
        """Return when the visitor begins, and whether that interrupts. last: sound of a reply."""
        if last is None:
            return at, False
        begin, end = last
        if rng.random() < self._manners.barge_in:
            low, high = self._manners.barge_in_at
            return round(begin + rng.uniform(low, high) * (end - begin)), True
        return end + _between(rng, self._manners.pause_frames), False

    def _turn(
        self,
        rng: np.random.Generator,
        dialogue: Dialogue,
        turn: Turn,
        voice: str,
        at: int,
        interrupts: bool,
    ) -> tuple[int, int]:
        """Lay one turn; returns first frame of the reply's sound and the one behind its last."""
        if interrupts:
            self._canvas.stop(dialogue, at + _between(rng, STOP_FRAMES))
        asked = self._visitors.draw(rng, self._split, turn.intent)
        end = self._canvas.ask(dialogue, asked, at)
        text_at = end + _between(rng, self._manners.gap_frames)
        dialogue.intents[end - 1 : text_at] = self.intents[turn.intent]
        return self._canvas.answer(
            dialogue, self._banks.agent.draw(rng, turn.reply, voice), text_at
        )

    def _background(self, rng: np.random.Generator, length: int) -> np.ndarray:
        """Return what the microphone hears where no visitor speaks: int16 [codebooks, length]."""
        if rng.random() < self._manners.silence:
            return self._banks.quiet(length).copy()
        user = _stretch(rng, self._banks.noise, length)
        if rng.random() < self._manners.babble:
            some = int(rng.integers(20, max(21, length)))
            lay(user, _stretch(rng, self._banks.babble, some), int(rng.integers(length)))
        return user


def _voice_sample(rng: np.random.Generator, clip: Entry) -> np.ndarray:
    """Cut a voice prompt out of a clip."""
    frames = min(_between(rng, VOICE_FRAMES), clip.codes.shape[1])
    begin = int(rng.integers(clip.codes.shape[1] - frames + 1))
    return clip.codes[:, begin : begin + frames]


def _stretch(rng: np.random.Generator, rows: np.ndarray, length: int) -> np.ndarray:
    """Return a piece of some rows, one after the other: [codebooks, length]."""
    count = -(-length // rows.shape[2]) + 1
    joined = np.concatenate(list(rows[rng.integers(len(rows), size=count)]), axis=1)
    begin = int(rng.integers(joined.shape[1] - length + 1))
    return joined[:, begin : begin + length].copy()


def _cut(dialogue: Dialogue, length: int) -> Dialogue:
    return Dialogue(
        frames=dialogue.frames[:, :length],
        prompt=dialogue.prompt,
        intents=dialogue.intents[:length],
        words=dialogue.words[:length],
        speaking=dialogue.speaking[:length],
        persona=dialogue.persona,
    )


def _between(rng: np.random.Generator, both: tuple[int, int]) -> int:
    return int(rng.integers(both[0], both[1] + 1))

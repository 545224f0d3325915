# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""Speech on a stage: a scripted model draws text tokens, and one frame later its sound is out."""

from collections.abc import Callable

from personaplex_ros.model.config import ControlIds
from personaplex_ros.model.say import Speech
from personaplex_ros.model.say_events import SayEvent
from personaplex_ros.model.saying import SpeechSettings
from personaplex_ros.model.spoken_text import Reading

PAD, EPAD, BOS, EOS = 3, 0, 1, 2
CONTROL = ControlIds(pad=PAD, end_pad=EPAD, bos=BOS, eos=EOS)
OWN_PIECE = 999
"""A piece of the model's own."""

PACE = SpeechSettings(lead_frames=2, nudge_frames=7, tail_frames=3, chars_per_frame=100)

Draw = Callable[[int], int]


class Vocabulary:
    """Words in pieces of four letters, the first with its word start."""

    def __init__(self) -> None:
        self.pieces: list[str] = []

    def encode(self, word: str) -> list[int]:
        """Return the ids of one word."""
        marked = '_' + word
        cut = [marked[:5], *(marked[i : i + 4] for i in range(5, len(marked), 4))]
        self.pieces += [piece for piece in cut if piece not in self.pieces]
        return [100 + self.pieces.index(piece) for piece in cut]

    def show(self, token: int) -> str:
        """Return a token as a reader wants it."""
        known = {PAD: '.', EPAD: '^', OWN_PIECE: 'own', BOS: 'bos', EOS: 'eos'}
        return known.get(token) or self.pieces[token - 100]


def only_pads(frame: int) -> int:
    """Draw like a model that never wants to speak."""
    return PAD


def never_pads(frame: int) -> int:
    """Draw like a model that talks without a breath."""
    return OWN_PIECE


def plain(text: str) -> list[Reading]:
    """Read every word as it stands."""
    return [Reading(word, (word,)) for word in text.split()]


class Stage:
    """A session's loop around Speech, without a model."""

    def __init__(self, draw: Draw, settings: SpeechSettings = PACE, read=plain) -> None:
        self.draw = draw
        self.vocabulary = Vocabulary()
        self.speech = Speech(self.vocabulary.encode, CONTROL, settings, read)
        self.next = 10
        """The frame whose text token is decided next."""
        self.tokens: list[int] = []
        self.forced = 0
        self.events: list[SayEvent] = []

    def run(self, frames: int) -> str:
        """Decide so many frames; return their tokens, readable."""
        first = len(self.tokens)
        for _ in range(frames):
            self.step()
        return ' '.join(self.vocabulary.show(token) for token in self.tokens[first:])

    def run_out(self, most: int = 1_000) -> str:
        """Go on until nothing is forced any more."""
        first = len(self.tokens)
        while self.speech.active:
            assert len(self.tokens) - first < most, 'speech does not end'
            self.step()
        return ' '.join(self.vocabulary.show(token) for token in self.tokens[first:])

    def step(self) -> None:
        """Decide one frame and give out the one before."""
        frame = self.next
        drawn = self.draw(frame)
        choice = self.speech.force(frame)
        token = drawn
        if choice is not None:
            self.forced += 1
            token = choice[0] if drawn == PAD else choice[1]
            self.speech.decided(frame, token)
        self.tokens.append(token)
        self.speech.given_out(frame - 1)
        self.events += self.speech.events
        self.next += 1

    def say(self, text: str, say_id: int = 1) -> None:
        """Ask for a text."""
        self.speech.add(say_id, text, self.next)
        self.events += self.speech.events

    def cancel(self, reason: str) -> None:
        """Cancel everything from the frame that is decided and not out yet."""
        self.speech.cancel(reason, self.next - 1)
        self.events += self.speech.events

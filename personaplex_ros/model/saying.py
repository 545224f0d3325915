# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""One text being said: which text token a frame gets, and which words have been heard."""

from dataclasses import dataclass

from personaplex_ros.model.config import ControlIds
from personaplex_ros.model.say_events import WordBegun


@dataclass(frozen=True)
class SpeechSettings:
    """The pace of forced words, in frames of 80 ms."""

    lead_frames: int = 2
    """Padding before the first word: what the agent was saying ends, and the word is not cut
    (moshi 0.2.13, models/tts.py, initial_padding)."""

    nudge_frames: int = 7
    """So much padding without a word, and the next one is announced for the model (moshi's own
    text to speech uses max_padding 6 or 8)."""

    tail_frames: int = 5
    """Padding after the last word, so that it can ring out before the model speaks freely."""

    chars_per_frame: float = 2.0
    """No word passes faster: 25 characters a second, quicker than people speak. It matters with a
    model that never pads."""


@dataclass
class Word:
    """One spoken word: its pieces, where it came out, and what the caller had written for it."""

    pieces: list[int]
    """Text tokens, the first one starts a word."""

    frames: int
    """It lasts at least so many."""

    written: str
    """The caller's spelling; the words that one spelling is read as share it."""

    opens: bool
    """The first of those words."""

    closes: bool
    """The last of them."""

    first: int | None = None
    """Frame of its first piece."""

    end: int | None = None
    """Frame after its last: there the next word is announced."""


class Saying:
    """The pace is moshi's own for text to speech (moshi 0.2.13, models/tts.py, StateMachine).

    The model decides when a word begins, by drawing END_PAD or any text of its own; in either
    case the frame gets END_PAD, which in this family always goes before a word that follows
    padding, and the word's pieces follow on consecutive frames. So where the model began with a
    piece at once, ours comes one frame later. How long the word lasts is the model's affair
    again: its padding is left alone, up to SpeechSettings.nudge_frames.
    """

    def __init__(
        self, say_id: int, words: list[Word], control: ControlIds, settings: SpeechSettings
    ) -> None:
        """words: at least one."""
        self.id = say_id
        self.end: int | None = None
        """Frame after the last one, once that is decided."""
        self.reason = 'finished'
        self._words = words
        self._control = control
        self._settings = settings
        self._next = 0  # the word that comes next, or whose pieces are coming
        self._announced = False
        self._piece = 0
        self._pads = 0  # since the last piece
        self._least = self._most = settings.lead_frames
        self._told = 0  # words whose beginning was given out

    def choice(self) -> tuple[int, int]:
        """Return the next text token: where the model draws padding, and where anything else."""
        pad, end_pad = self._control.pad, self._control.end_pad
        if self._announced:
            piece = self._words[self._next].pieces[self._piece]
            return piece, piece
        if self._next == len(self._words) or self._pads < self._least:
            return pad, pad
        return (end_pad if self._pads >= self._most else pad), end_pad

    def decided(self, frame: int, token: int) -> None:
        """Go on from the token that `frame` got; a piece that was kept out comes again."""
        if self._announced:
            if token == self._words[self._next].pieces[self._piece]:
                self._passed_piece(frame)
        elif token == self._control.end_pad and self._next < len(self._words):
            self._announced = True
            self._close_word(frame)
        else:
            self._pads += 1
            last = self._next == len(self._words)
            if last and self._pads >= self._least + self._settings.tail_frames:
                self.end = frame + 1
                self._close_word(self.end)

    def stop(self) -> bool:
        """Begin no other word; return whether one was begun, which may then end."""
        begun = self._next + (self._piece > 0)
        del self._words[begun:]
        if self._piece == 0:
            self._announced = False
        self.reason = 'cancelled'
        return begun > 0

    def began(self, frame: int) -> list[WordBegun]:
        """Return the words that have begun up to and including `frame`, each one once."""
        news = []
        for word in self._words[self._told :]:
            if word.first is None or word.first > frame:
                break
            self._told += 1
            if word.opens:
                news.append(WordBegun(self.id, word.written, word.first))
        return news

    def spoken(self, end: int) -> str:
        """Return the written words that lie wholly before the frame `end`."""
        whole = [
            word.written
            for word in self._words
            if word.closes and word.end is not None and word.end <= end
        ]
        return ' '.join(whole)

    def _passed_piece(self, frame: int) -> None:
        word = self._words[self._next]
        if self._piece == 0:
            word.first = frame
        self._piece += 1
        if self._piece == len(word.pieces):
            self._next += 1
            self._announced = False
            self._piece = self._pads = 0
            self._least = max(0, word.frames - len(word.pieces))
            self._most = self._settings.nudge_frames

    def _close_word(self, frame: int) -> None:
        if self._next > 0:
            self._words[self._next - 1].end = frame

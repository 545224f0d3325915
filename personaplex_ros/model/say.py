# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""Speech on request: what the agent has been told to say, and how far it is."""

from collections.abc import Callable
from collections.abc import Sequence
from dataclasses import dataclass
import math

from personaplex_ros.model.config import ControlIds
from personaplex_ros.model.say_events import SayEnded
from personaplex_ros.model.say_events import SayEvent
from personaplex_ros.model.say_events import TextFreed
from personaplex_ros.model.saying import Saying
from personaplex_ros.model.saying import SpeechSettings
from personaplex_ros.model.saying import Word
from personaplex_ros.model.spoken_text import read_aloud
from personaplex_ros.model.spoken_text import Reading
from personaplex_ros.wire.limits import check_say_text
from personaplex_ros.wire.limits import LimitError
from personaplex_ros.wire.limits import MAX_SAYS

__all__ = ['SayError', 'Speech', 'SpeechSettings']

MAX_SAY_PIECES = 1_000
"""A text of numbers grows when it is written as words; this is four minutes of speech."""


class SayError(Exception):
    """A text that is not taken; code: bad_say or busy, as on the wire."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass
class _Hold:
    id: int
    end: int
    """The first frame that is not held any more."""


class Speech:
    """One per session; frames are counted by the session. Not safe for several threads.

    For every frame whose text token is not decided yet, in order: `force(frame)` before the
    step, then, where that gave something, `decided(frame, token)` before the next `force`. When
    the sound of a frame went to the caller: `given_out(frame)`. While `active` is False all
    three may be left out. Frames that something else forces (an interrupt's silence) are not
    asked for: cancel first, and speech added meanwhile begins where asking begins again.
    """

    def __init__(
        self,
        encode: Callable[[str], list[int]],
        control: ControlIds,
        settings: SpeechSettings | None = None,
        read: Callable[[str], Sequence[Reading]] = read_aloud,
    ) -> None:
        """encode: SentencePiece ids of one word. read: what is said for a written text."""
        self._encode = encode
        self._control = control
        self._settings = settings or SpeechSettings()
        self._read = read
        self._sayings: list[Saying] = []
        self._asked: Saying | None = None  # whose token the last force() was
        self._hold: _Hold | None = None
        self._events: list[SayEvent] = []

    @property
    def active(self) -> bool:
        """Whether anything is forced or waits to be given out."""
        return bool(self._sayings) or self._hold is not None

    @property
    def events(self) -> list[SayEvent]:
        """What happened since the last look; looking empties it."""
        drained, self._events = self._events, []
        return drained

    def check(self, text: str) -> None:
        """Raise what add() would raise for this text."""
        self._words(text)

    def add(self, say_id: int, text: str, frame: int) -> None:
        """Say this text after those that wait already; a hold of the text ends.

        frame: the next one whose text token is not decided.
        Raises SayError for a text without a word in it, a text too long, and too many waiting.
        """
        if len(self._sayings) >= MAX_SAYS:
            raise SayError('busy', f'{MAX_SAYS} texts wait to be spoken already; say it later')
        words = self._words(text)
        self._sayings.append(Saying(say_id, words, self._control, self._settings))
        self.release_text('say', frame)

    def force(self, frame: int) -> tuple[int, int] | None:
        """Return the text token of `frame`: if the model draws PAD, and if it draws another.

        None where nothing is forced, so that the step costs what it always does.
        """
        hold = self._hold
        if hold is not None and frame >= hold.end:
            self.release_text('timeout', hold.end)
        self._asked = next((saying for saying in self._sayings if saying.end is None), None)
        if self._asked is not None:
            return self._asked.choice()
        return None if self._hold is None else (self._control.pad, self._control.pad)

    def decided(self, frame: int, token: int) -> None:
        """Hear which text token `frame` got in the end; once for each forced frame, in order."""
        if self._asked is not None:
            self._asked.decided(frame, token)

    def given_out(self, frame: int) -> None:
        """Hear that the caller got the sound of `frame`; makes the events of words and ends."""
        for saying in self._sayings:
            self._events += saying.began(frame)
        for saying in list(self._sayings):
            if saying.end is None or saying.end > frame + 1:
                break
            self._sayings.remove(saying)
            self._finish(saying, saying.end)

    def cancel(self, reason: str, frame: int) -> None:
        """Drop everything at once: nothing of it is in `frame` or later, all before is given out.

        reason: interrupt, user_speech, persona or failed. An interrupt and another persona end a
        hold of the text too; a user who speaks does not.
        """
        self.given_out(frame - 1)
        for saying in self._sayings:
            saying.reason = reason
            self._finish(saying, frame)
        self._sayings.clear()
        self._asked = None
        if reason in ('interrupt', 'persona'):
            self.release_text(reason, frame)

    def cancel_one(self, say_id: int, frame: int) -> None:
        """Stop one text: the word that was begun may end, no other one begins.

        frame: the next one whose text token is not decided. An id that is over already, or never
        was, is left alone.
        """
        for saying in [s for s in self._sayings if s.id == say_id and s.end is None]:
            if not saying.stop():
                self._sayings.remove(saying)
                self._finish(saying, frame)
        self._asked = None

    def hold_text(self, hold_id: int, frames: int, frame: int) -> None:
        """Keep the model from beginning a word in `frames` frames from `frame` on.

        The sound stays free. A say that runs goes on; one that is added ends the hold. A second
        hold takes the place of the first.
        """
        self.release_text('request', frame)
        self._hold = _Hold(hold_id, frame + frames)

    def release_text(self, reason: str, frame: int, hold_id: int | None = None) -> None:
        """End the hold of the text, if there is one: the model chooses from `frame` on.

        hold_id: end it only if it is this one.
        """
        if self._hold is not None and hold_id in (None, self._hold.id):
            self._events.append(TextFreed(self._hold.id, frame, reason))
            self._hold = None

    def _finish(self, saying: Saying, end: int) -> None:
        self._events.append(SayEnded(saying.id, saying.spoken(end), saying.reason, end))

    def _words(self, text: str) -> list[Word]:
        try:
            readings = self._read(check_say_text(text))
        except LimitError as error:
            raise SayError('bad_say', str(error)) from None
        words = [word for reading in readings for word in self._pronounced(reading)]
        pieces = sum(len(word.pieces) for word in words)
        if not words:
            raise SayError('bad_say', f'nothing in {text[:40]!r} can be spoken; give words')
        if pieces > MAX_SAY_PIECES:
            raise SayError(
                'bad_say',
                f'the text to say has {pieces} pieces when it is written as words; '
                f'at most {MAX_SAY_PIECES} fit: say it in parts',
            )
        return words

    def _pronounced(self, reading: Reading) -> list[Word]:
        """Return what can be spoken of a reading; an unknown piece would be a control id."""
        silent = self._control.all()
        words = []
        for spoken in reading.spoken:
            pieces = [piece for piece in self._encode(spoken) if piece not in silent]
            if pieces:
                frames = math.ceil(len(spoken) / self._settings.chars_per_frame)
                words.append(Word(pieces, frames, reading.written, opens=False, closes=False))
        if words:
            words[0].opens = words[-1].closes = True
        return words

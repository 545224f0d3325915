# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""The messages of speech on request: say, what was said, and words held back."""

from dataclasses import dataclass
import typing


@dataclass(frozen=True)
class Say:
    """Caller: speak this text in the agent's own voice, after what waits already.

    Answered by SayWord for each word and one SayDone, or by a Fault: bad_say (nothing in it can
    be spoken, or it is too long), busy (limits.MAX_SAYS wait).
    """

    type: typing.ClassVar[str] = 'say'
    id: int
    text: str
    """At most limits.MAX_SAY_CHARS characters."""
    interrupt_first: bool = False
    """End what the agent says, earlier texts too, as Interrupt does; then begin at once."""


@dataclass(frozen=True)
class CancelSay:
    """Caller: stop every say of this id; what was begun ends with its SayDone, no silence follows.

    A say that is over already is left alone, without an answer.
    """

    type: typing.ClassVar[str] = 'cancel_say'
    id: int


@dataclass(frozen=True)
class HoldText:
    """Caller: begin no word of the model's own for max_ms, while a slower mind thinks.

    The sound stays free, so a word that was begun may end. Ends with TextReleased.
    """

    type: typing.ClassVar[str] = 'hold_text'
    id: int
    max_ms: int
    """At most limits.MAX_HOLD_TEXT_MS."""


@dataclass(frozen=True)
class ReleaseText:
    """Caller: end the hold_text of this id."""

    type: typing.ClassVar[str] = 'release_text'
    id: int


@dataclass(frozen=True)
class SayWord:
    """Engine: a word of a say begins in this output frame."""

    type: typing.ClassVar[str] = 'say_word'
    id: int
    word: str
    """In the caller's own spelling."""
    frame: int


@dataclass(frozen=True)
class SayDone:
    """Engine: a say is over; nothing more of it is spoken from output frame `frame` on."""

    type: typing.ClassVar[str] = 'say_done'
    id: int
    spoken: str
    """The words that were given out in full, in the caller's own spelling."""
    reason: str
    """finished, interrupt, user_speech, cancelled, persona or failed."""
    frame: int


@dataclass(frozen=True)
class TextReleased:
    """Engine: the model may choose its own words again from output frame `frame` on."""

    type: typing.ClassVar[str] = 'text_released'
    id: int
    frame: int
    reason: str
    """timeout, say, request, interrupt or persona."""

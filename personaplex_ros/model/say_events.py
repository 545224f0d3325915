# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""What speech on request tells between frames; `frame` is the session's own count."""

from dataclasses import dataclass


@dataclass(frozen=True)
class WordBegun:
    """A word of the caller's text begins in `frame`."""

    id: int
    word: str
    """As the caller wrote it; several words where they are read together: '12.5 km'."""
    frame: int


@dataclass(frozen=True)
class SayEnded:
    """A text is over: nothing more of it is spoken from `frame` on."""

    id: int
    spoken: str
    """The words that were given out in full, as the caller wrote them."""
    reason: str
    """finished, interrupt, user_speech, cancelled, persona or failed."""
    frame: int


@dataclass(frozen=True)
class TextFreed:
    """The model may choose its words again from `frame` on."""

    id: int
    frame: int
    reason: str
    """timeout, say, request, interrupt or persona."""


SayEvent = WordBegun | SayEnded | TextFreed

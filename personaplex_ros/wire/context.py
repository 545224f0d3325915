# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""The message that tells a persona what has happened since it was prompted."""

from dataclasses import dataclass
import typing


@dataclass(frozen=True)
class Context:
    """Caller: put these facts behind the persona's text, from its next rebuild on.

    They take the place of those sent before, and stay with the session until a set_persona
    without keep_memory. No answer but a Fault (bad_context); Rebuilt and PersonaChanged tell how
    many facts are in the prompt.
    """

    type: typing.ClassVar[str] = 'context'
    id: int
    facts: str
    """One a line, the oldest first; '' forgets them. See limits.check_context."""
    rebuild: bool = False
    """Rebuild for them at the next pause, where they are new; else they wait until the window
    runs out or the persona changes."""

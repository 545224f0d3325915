# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""What a session tells its owner between frames; `frame` is the session's own count."""

from dataclasses import dataclass

from personaplex_ros.model.prompt import PromptReport


@dataclass(frozen=True)
class Released:
    """An interrupt's silence ends: the agent is free from `frame` on."""

    frame: int
    reason: str
    """timeout, user_speech, say or persona."""


@dataclass(frozen=True)
class PersonaTaken:
    """A new persona speaks from `frame` on."""

    frame: int
    report: PromptReport


@dataclass(frozen=True)
class Rebuilt:
    """From `frame` on the model remembers the persona and what was said lately, nothing else."""

    frame: int
    report: PromptReport
    memory_frames: int
    """Frames that it remembers after the prompt."""


SessionEvent = Released | PersonaTaken | Rebuilt

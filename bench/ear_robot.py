# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""An ear with a robot behind it, and whether it did what was said."""

from dataclasses import dataclass
from dataclasses import field
import json
import time

import numpy as np

from bench.ear_sounds import Surroundings
from bench.tools_hands import Hands
from personaplex_ros.tools.audit import NoAudit
from personaplex_ros.tools.catalogue import Catalogue
from personaplex_ros.tools.ear.spotter import RATE_HZ
from personaplex_ros.tools.ear.spotter import Spotter
from personaplex_ros.tools.intent import ToolIntent
from personaplex_ros.tools.steps import Stage

WAKE_WORD = 'robot'
CHUNK = RATE_HZ // 50
BEFORE = np.zeros(RATE_HZ // 2, np.int16)
AFTER = np.zeros(RATE_HZ, np.int16)
"""Silence around every clip."""

Deed = tuple[tuple[str, str, str], ...]


@dataclass
class Tally:
    """How a set of clips went."""

    right: int = 0
    missed: int = 0
    wrong: int = 0
    mistakes: list[str] = field(default_factory=list)

    def note(self, text: str, heard: list[str], is_right: bool) -> None:
        """Count a clip."""
        if is_right:
            self.right += 1
            return
        self.mistakes.append(f'{text} -> {", ".join(heard) or "nothing"}')
        if heard:
            self.wrong += 1
        else:
            self.missed += 1

    def counts(self) -> dict[str, int]:
        """Return the numbers alone."""
        return {'right': self.right, 'missed': self.missed, 'wrong': self.wrong}


class Robot:
    """An ear and what acts on its words; counts what the listening costs."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        self._spotter = Spotter(catalogue, WAKE_WORD)
        self.heard_s = 0.0
        self.worked_s = 0.0
        """Processor time."""
        self.last_chunk_ms: list[float] = []
        """Processor time of the chunks that ended a command."""

    def hear(self, clip: np.ndarray, surroundings: Surroundings | None = None) -> list[str]:
        """Return the commands in a clip, between silences, fed as a microphone would."""
        sound = np.concatenate((BEFORE, clip, AFTER))
        if surroundings is not None:
            sound = surroundings(sound)
        heard: list[str] = []
        begun_s = time.thread_time()
        for at in range(0, len(sound), CHUNK):
            chunk_s = time.thread_time()
            found = self._spotter.feed(sound[at : at + CHUNK])
            if found:
                self.last_chunk_ms.append((time.thread_time() - chunk_s) * 1000)
            heard += found
        self.worked_s += time.thread_time() - begun_s
        self.heard_s += len(sound) / RATE_HZ
        return heard

    def understood(self, text: str, heard: list[str]) -> bool:
        """Whether the ear's words do what the text itself does, or are its words at least."""
        wanted = self._deed([text])
        return len(heard) == 1 and self._deed(heard) == wanted and bool(wanted or heard == [text])

    def acts(self, heard: list[str]) -> bool:
        """Whether words lead to anything but a refusal."""
        return any(stage != Stage.REFUSED.name for _, _, stage in self._deed(heard))

    def _deed(self, words: list[str]) -> Deed:
        """Return what words lead to: (tool, arguments, last stage) of every proposal."""
        hands = Hands()
        intent = ToolIntent(self._catalogue, hands, NoAudit(), clock=lambda: hands.now_s)
        steps = [step for text in words for step in intent.user_said(text)]
        last = {step.call_id: step for step in steps}.values()
        deeds = [(s.tool, json.dumps(dict(s.arguments)), Stage(s.stage).name) for s in last]
        is_stopped = bool(intent.estop_pressed_by)
        return (*deeds, *([('estop', '', '')] if is_stopped else []))

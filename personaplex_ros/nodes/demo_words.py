# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""What the demo's visitor says, in words: scripted, as a speech recogniser would give them."""

from dataclasses import dataclass
import json
from pathlib import Path
import time

from rclpy.node import Node
from std_msgs.msg import String

from personaplex_ros.msg import ToolEvent
from personaplex_ros.nodes import qos
from personaplex_ros.tools.steps import Stage

PATIENCE_S = 12.0
"""How long it waits for a cue before it gives up."""

RECOGNISED_AFTER_S = 0.3
"""A recogniser is so much later than the last word."""

LIVE, INTERRUPTED = 'live', 'interrupted'
_ENDS = (Stage.SUCCEEDED, Stage.FAILED, Stage.CANCELLED)


@dataclass(frozen=True)
class Line:
    """One sentence and its moment."""

    cue: str
    """What has to have happened: LIVE, INTERRUPTED, or a tool and what became of its call."""

    pause_s: float
    """Said so long after it."""

    words: str
    """'' says nothing and ends the visit."""


COMMANDS = (
    Line(LIVE, 1.0, 'Robot, turn on the light.'),
    Line('set_light ended', 0.5, 'Do not go to the lobby.'),
    Line(INTERRUPTED, 0.3, 'Go to the kitchen.'),
    Line('go_to CONFIRMING', 3.5, 'Yes, please.'),  # once the question has been spoken
    Line('go_to ended', 0.5, ''),
)
"""Beside a recording of one's own, whose words nobody knows: a tool called, one refused, one
confirmed."""


def lines_of_recording(path: Path) -> tuple[Line, ...]:
    """Return the sentences of a recording that begins when the conversation is live.

    path: JSON, {"lines": [{"end_s": seconds, "words": text}, ...]}.
    """
    lines = json.loads(path.read_text(encoding='utf-8'))['lines']
    return tuple(Line(LIVE, one['end_s'] + RECOGNISED_AFTER_S, one['words']) for one in lines)


class ScriptedWords:
    """Says lines on user_words; cues come from the visitor and from tool_events."""

    def __init__(self, node: Node, lines: tuple[Line, ...] = COMMANDS) -> None:
        self.said: list[str] = []
        self.done = False
        self._lines = lines
        self._cues: dict[str, float] = {}
        self._sent: set[str] = set()
        self._waits_since_s: float | None = None
        self._words = node.create_publisher(String, 'user_words', qos.events())
        node.create_subscription(ToolEvent, 'tool_events', self._on_event, qos.events())

    def cue(self, name: str) -> None:
        """Note when something has happened for the first time."""
        self._cues.setdefault(name, time.monotonic())

    def step(self) -> None:
        """Say the next line if it is time; call it often once the conversation is live."""
        if self.done:
            return
        now_s = time.monotonic()
        if self._waits_since_s is None:
            self._waits_since_s = now_s
        line = self._lines[len(self.said)]
        if line.cue in self._cues:
            if now_s - self._cues[line.cue] >= line.pause_s:
                self._say(line.words, now_s)
        elif now_s - self._waits_since_s >= PATIENCE_S:
            self.done = True

    def _say(self, words: str, now_s: float) -> None:
        if words:
            self._words.publish(String(data=words))
            self.said.append(words)
            self._waits_since_s = now_s
        self.done = not words or len(self.said) == len(self._lines)

    def _on_event(self, event: ToolEvent) -> None:
        if event.stage not in list(Stage):
            return  # of a version to come: no line waits for it
        stage = Stage(event.stage)
        self.cue(f'{event.tool} {stage.name}')
        if stage in _ENDS and event.call_id in self._sent:
            self.cue(f'{event.tool} ended')
        if stage is Stage.SENT:
            self._sent.add(event.call_id)

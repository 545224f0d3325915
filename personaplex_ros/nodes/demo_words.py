# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""What the demo's visitor says to the tools: scripted words, as a speech recogniser would give."""

import time

from rclpy.node import Node
from std_msgs.msg import String

from personaplex_ros.msg import ToolEvent
from personaplex_ros.nodes import qos
from personaplex_ros.tools.steps import Stage

PATIENCE_S = 12.0
"""How long it waits before it gives up."""

LIVE, INTERRUPTED = 'live', 'interrupted'
_ENDS = (Stage.SUCCEEDED, Stage.FAILED, Stage.CANCELLED)

# (what to wait for, seconds from then, what to say): a tool called, one refused, one confirmed
LINES = (
    (LIVE, 1.0, 'Robot, turn on the light.'),
    ('set_light ended', 0.5, 'Do not go to the lobby.'),
    (INTERRUPTED, 0.3, 'Go to the kitchen.'),
    ('go_to CONFIRMING', 3.5, 'Yes, please.'),  # once the question has been spoken
    ('go_to ended', 0.5, ''),
)


class ScriptedWords:
    """Says LINES on user_words; cues come from the visitor and from tool_events."""

    def __init__(self, node: Node) -> None:
        self.said: list[str] = []
        self.done = False
        self._cues: set[str] = set()
        self._sent: set[str] = set()
        self._waits_since_s: float | None = None
        self._cue_at_s: float | None = None
        self._words = node.create_publisher(String, 'user_words', qos.EVENTS)
        node.create_subscription(ToolEvent, 'tool_events', self._on_event, qos.EVENTS)

    def cue(self, name: str) -> None:
        """Note that something has happened."""
        self._cues.add(name)

    def step(self) -> None:
        """Say the next line if it is time; call it often once the conversation is live."""
        now_s = time.monotonic()
        if self._waits_since_s is None:
            self._waits_since_s = now_s
        cue, pause_s, text = LINES[len(self.said)]
        if cue in self._cues:
            self._cue_at_s = self._cue_at_s or now_s
            if now_s - self._cue_at_s >= pause_s:
                self._say(text, now_s)
        elif now_s - self._waits_since_s >= PATIENCE_S:
            self.done = True

    def _say(self, text: str, now_s: float) -> None:
        if not text:
            self.done = True
            return
        self._words.publish(String(data=text))
        self.said.append(text)
        self._waits_since_s, self._cue_at_s = now_s, None

    def _on_event(self, event: ToolEvent) -> None:
        stage = Stage(event.stage)
        self._cues.add(f'{event.tool} {stage.name}')
        if stage in _ENDS and event.call_id in self._sent:
            self._cues.add(f'{event.tool} ended')
        if stage is Stage.SENT:
            self._sent.add(event.call_id)

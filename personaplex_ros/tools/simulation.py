# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""A conversation on paper: what would have happened, and why."""

from collections.abc import Iterable
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from personaplex_ros.tools.audit import NoAudit
from personaplex_ros.tools.catalogue import Catalogue
from personaplex_ros.tools.intent import ToolIntent
from personaplex_ros.tools.steps import OutgoingCall
from personaplex_ros.tools.steps import Step

WORD_S = 0.4
PAUSE_S = 3.0
ACTION_S = 20.0
"""How long words, the pause between two lines, and an action take on paper."""

_NOTHING = 'no phrase of a tool is in it'

TICK_S = 0.2
SPEAKERS = ('agent', 'user')


class TranscriptError(ValueError):
    """A transcript that cannot be read; the text names the line."""


@dataclass(frozen=True)
class Line:
    """One utterance."""

    number: int
    speaker: str
    text: str


def read_transcript(lines: Iterable[str]) -> Iterator[Line]:
    """Yield the utterances: `agent: ...` or `user: ...`; # begins a comment.

    Raises TranscriptError.
    """
    for number, line in enumerate(lines, start=1):
        if not line.strip() or line.startswith('#'):
            continue
        speaker, colon, text = line.partition(':')
        if not colon or speaker.strip() not in SPEAKERS:
            raise TranscriptError(f'line {number}: expected `agent: ...` or `user: ...`')
        yield Line(number, speaker.strip(), text.strip())


def simulate(
    catalogue: Catalogue, lines: Iterable[Line], untrue: frozenset[str] = frozenset()
) -> Iterator[dict[str, Any]]:
    """Yield one JSON object per utterance: its steps, calls and sayings, and why there are none.

    untrue: topics of `requires` that are not true; all others are. Topics and services succeed
    at once, actions after ACTION_S.
    """
    paper = _Paper(untrue)
    intent = ToolIntent(catalogue, paper, NoAudit(), clock=lambda: paper.now_s)
    for line in lines:
        was_stopped = bool(intent.estop_pressed_by)
        steps = _speak(intent, line)
        is_stop = bool(intent.estop_pressed_by) and not was_stopped
        steps += paper.pass_time(intent, WORD_S * len(line.text.split()) + PAUSE_S)
        yield {
            'line': line.number,
            'speaker': line.speaker,
            'text': line.text,
            'steps': [_shown(step) for step in steps],
            **paper.take(),
            'note': 'the emergency stop is pressed' if is_stop else '' if steps else _NOTHING,
        }


def _speak(intent: ToolIntent, line: Line) -> list[Step]:
    if line.speaker == 'user':
        return intent.user_said(line.text)
    return [*intent.agent_piece(line.text), *intent.agent_ended()]


def _shown(step: Step) -> dict[str, Any]:
    return {
        'stage': step.stage.name,
        'tool': step.tool,
        'arguments': dict(step.arguments),
        'source': step.source,
        'reason': step.reason,
    }


class _Paper:
    """Hands that write down what they would have done; time passes only when it is told to."""

    def __init__(self, untrue: frozenset[str]) -> None:
        self.now_s = 0.0
        self._untrue = untrue
        self._calls: list[dict[str, Any]] = []
        self._says: list[str] = []
        self._due_s: dict[str, float] = {}

    def send(self, call: OutgoingCall) -> None:
        self._calls.append(
            {
                'kind': call.kind,
                'name': call.name,
                'type': call.type_name,
                'message': call.message,
            }
        )
        self._due_s[call.call_id] = self.now_s + (ACTION_S if call.kind == 'action' else 0.0)

    def cancel(self, call_id: str) -> None:
        self._due_s.pop(call_id, None)

    def say(self, text: str) -> None:
        self._says.append(text)

    def is_true(self, topic: str) -> bool:
        return topic not in self._untrue

    def pass_time(self, intent: ToolIntent, how_long_s: float) -> list[Step]:
        """Let time pass, in ticks, with what becomes due on the way."""
        steps: list[Step] = []
        until_s = self.now_s + how_long_s
        while self.now_s < until_s:
            self.now_s += TICK_S
            steps += intent.tick()
            for call_id in [c for c, due_s in self._due_s.items() if due_s <= self.now_s]:
                del self._due_s[call_id]
                steps += intent.succeeded(call_id, 'simulated')
        return steps

    def take(self) -> dict[str, Any]:
        """Return what was called and said since the last time."""
        calls, self._calls = self._calls, []
        says, self._says = self._says, []
        return {'calls': calls, 'says': says}

# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""A robot whose hands write down what they are told, and a clock that stands until it is moved."""

from pathlib import Path

from personaplex_ros.tools.audit import NoAudit
from personaplex_ros.tools.catalogue import Catalogue
from personaplex_ros.tools.intent import ToolIntent
from personaplex_ros.tools.loading import load_catalogue
from personaplex_ros.tools.loading import read_catalogue
from personaplex_ros.tools.steps import OutgoingCall
from personaplex_ros.tools.steps import Step

EXAMPLE = Path(__file__).resolve().parents[2] / 'config' / 'tools.yaml'

HEAD = """\
version: 1
address: [robot]
estop: {topic: emergency_stop, phrases: [emergency stop], say: Stopped.}
cancel: {phrases: [stop that, never mind]}
"""


def example() -> Catalogue:
    """Return the file that is shipped."""
    return load_catalogue(EXAMPLE)


def catalogue(tools: str, head: str = HEAD) -> Catalogue:
    """Return a catalogue of some entries, the list under `tools:`."""
    return read_catalogue(head + 'tools:\n' + tools)


def entry(
    name: str = 'wave',
    source: str = 'user',
    phrases: str = '{user: [wave]}',
    parameters: str = '{}',
    call: str = '{kind: service, name: wave, type: std_srvs/srv/Trigger}',
    policy: str = '{}',
    say: str = '{}',
    more: str = '',
) -> str:
    """Return one entry as YAML."""
    return (
        f'  - name: {name}\n    description: Do it.\n    source: {source}\n'
        f'    phrases: {phrases}\n    parameters: {parameters}\n    call: {call}\n'
        f'    policy: {policy}\n    say: {say}\n{more}'
    )


class Robot:
    """Hands, clock and intent in one."""

    def __init__(self, tools: Catalogue, audit=None, dry_run: bool = False) -> None:
        self.now_s = 100.0
        self.sent: list[OutgoingCall] = []
        self.cancelled: list[str] = []
        self.said: list[str] = []
        self.topics: dict[str, bool | None] = {}
        self.send_fails = ''
        self.has_mouth = False  # somebody takes what is to be said, and tells when it begins
        self.intent = ToolIntent(
            tools, self, audit or NoAudit(), dry_run=dry_run, clock=lambda: self.now_s
        )

    def send(self, call: OutgoingCall) -> None:
        if self.send_fails:
            raise ConnectionError(self.send_fails)
        self.sent.append(call)

    def cancel(self, call_id: str) -> None:
        self.cancelled.append(call_id)

    def say(self, text: str) -> bool:
        self.said.append(text)
        return self.has_mouth

    def is_true(self, topic: str) -> bool | None:
        return self.topics.get(topic, True)

    def user(self, text: str, voice: str = '') -> list[Step]:
        """Let a user say a whole utterance."""
        self.now_s += 3.0
        return self.intent.user_said(text, voice)

    def agent(self, text: str, size: int = 3) -> list[Step]:
        """Let the agent say a whole utterance, in pieces of `size` characters."""
        self.now_s += 3.0
        steps = []
        for at in range(0, len(text), size):
            steps += self.intent.agent_piece(text[at : at + size])
        return steps + self.intent.agent_ended()

    def wait(self, how_long_s: float) -> list[Step]:
        """Let time pass."""
        self.now_s += how_long_s
        return self.intent.tick()

    @property
    def made(self) -> list[str]:
        """Tools that were called."""
        return [call.tool for call in self.sent]


def stages(steps: list[Step]) -> list[str]:
    """Return the names of the stages."""
    return [step.stage.name for step in steps]

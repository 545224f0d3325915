# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""What the robot may do: the tools of one file, as values."""

from collections.abc import Mapping
from dataclasses import dataclass
from dataclasses import field
from typing import Any

from personaplex_ros.tools.pattern import Expansion


@dataclass(frozen=True)
class Call:
    """A topic, service or action of any interface type, and a template for what is sent."""

    kind: str
    """topic, service or action."""

    name: str
    type_name: str
    """As `ros2 interface show` takes it: package/msg/Name."""

    args: Mapping[str, Any]


@dataclass(frozen=True)
class Policy:
    """When a call may leave, and how it ends."""

    confirm: str = 'none'
    """none, spoken (the user says yes) or service (an operator approves)."""

    cooldown_s: float = 2.0
    """Time after a call in which the same tool is refused."""

    max_per_min: int = 12
    requires: tuple[str, ...] = ()
    """std_msgs/Bool topics whose last value must be true."""

    timeout_s: float = 10.0
    """A call without a result by then has failed, and is cancelled."""

    cancel_on: tuple[str, ...] = ()
    """voice, interrupt, and names of tools that end this one; the emergency stop always does."""


@dataclass(frozen=True)
class Sayings:
    """What the robot says about a call; '' says nothing."""

    ask: str = ''
    accepted: str = ''
    refused: str = ''
    done: str = ''
    failed: str = ''


@dataclass(frozen=True)
class Tool:
    """One entry of the allow-list."""

    name: str
    description: str
    source: str
    """agent, user, or both: then either alone is not enough."""

    parameters: Mapping[str, Mapping[str, Any]]
    """JSON Schema by parameter; without a default it is required."""

    words: Mapping[str, Mapping[Any, tuple[str, ...]]]
    """How values are said, by parameter and value, beside their own names."""

    phrases: Mapping[str, tuple[Expansion, ...]]
    """By speaker (user, agent)."""

    unless: tuple[Expansion, ...]
    call: Call
    policy: Policy = field(default_factory=Policy)
    say: Sayings = field(default_factory=Sayings)
    mind: bool = False
    """Whether the slow mind may ask for it, which is nobody's own words."""

    @property
    def schema(self) -> dict[str, Any]:
        """The arguments as one JSON Schema object."""
        return {
            'type': 'object',
            'properties': {name: dict(schema) for name, schema in self.parameters.items()},
            'required': [n for n, schema in self.parameters.items() if 'default' not in schema],
            'additionalProperties': False,
        }


@dataclass(frozen=True)
class Listening:
    """Times of the listening, in seconds."""

    pause_s: float = 1.0
    """Silence that ends an agent's sentence without a full stop, as it ends a transcript."""

    agree_s: float = 10.0
    """A tool of source `both` waits this long for the other speaker."""

    confirm_s: float = 10.0
    """A question waits this long for its answer."""

    echo_s: float = 2.0
    """User words that the agent said this recently are taken for its echo."""


@dataclass(frozen=True)
class Catalogue:
    """A whole file."""

    tools: Mapping[str, Tool]
    estop_phrases: tuple[tuple[str, ...], ...]
    estop_topic: str = ''
    estop_say: str = ''
    cancel_phrases: tuple[tuple[str, ...], ...] = ()
    address: tuple[tuple[str, ...], ...] = ()
    """Names the robot answers to."""

    listening: Listening = field(default_factory=Listening)
    tables: Mapping[str, Any] = field(default_factory=dict)

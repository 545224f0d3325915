# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""What is fuzzed, and how much of a million messages each receiver gets."""

from collections.abc import Callable
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from itertools import count
from random import Random

from personaplex_ros.engine.forms import OpusForm
from personaplex_ros.engine.forms import PcmForm

from . import script
from .script import Message
from .talk import Talk
from .talk_backend import BackendTalk
from .talk_engine import EngineTalk
from .talk_wire import WireTalk

SECONDS_PER_MESSAGE = 0.08
"""Of a clock that is the same in every run, so that a stream runs ahead of it, or not, again."""


@dataclass(frozen=True)
class Target:
    """A receiver, and who talks to it."""

    share: float
    """Of the messages of a whole run; Ogg/Opus costs ten times what others cost."""

    make: Callable[[Random], tuple[Talk, Iterator[Message]]]
    """Begin a conversation; everything in it follows from the random numbers."""


def _wire(random: Random) -> tuple[Talk, Iterator[Message]]:
    return WireTalk(), random.choice((script.caller_script, script.engine_script))(random)


def _caller(random: Random) -> tuple[Talk, Iterator[Message]]:
    return EngineTalk(PcmForm(), random), script.caller_script(random)


def _upstream(random: Random) -> tuple[Talk, Iterator[Message]]:
    clock = _clock()
    return EngineTalk(OpusForm(clock), random), script.upstream_script(random)


def _engine(random: Random) -> tuple[Talk, Iterator[Message]]:
    from_welcome = random.random() < 0.3
    says = script.welcome_script if from_welcome else script.engine_script
    return BackendTalk.with_our_engine(from_welcome), says(random)


def _nvidia(random: Random) -> tuple[Talk, Iterator[Message]]:
    return BackendTalk.with_nvidias_server(_clock()), script.nvidia_script(random)


def _clock() -> Callable[[], float]:
    return partial(next, count(step=SECONDS_PER_MESSAGE))


TARGETS = {
    'wire': Target(0.40, _wire),
    'caller': Target(0.36, _caller),
    'upstream': Target(0.02, _upstream),
    'engine': Target(0.21, _engine),
    'nvidia': Target(0.01, _nvidia),
}
"""wire: all decoders; caller, upstream: to the engine; engine, nvidia: to the robot."""

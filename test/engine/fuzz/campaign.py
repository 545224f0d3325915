# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""Plays damaged conversations to one receiver until enough is said, and keeps its accounts."""

from array import array
from collections import deque
from collections.abc import Callable
from dataclasses import asdict
from dataclasses import dataclass
from dataclasses import field
import gc
from itertools import islice
from pathlib import Path
from random import Random
import resource
import statistics
import time

from .script import Message
from .targets import TARGETS

MEAN_MESSAGES = 120
"""Of a conversation that its receiver does not end sooner."""

WARM_UP = 0.2
"""Of the messages; memory may grow until then, not after."""

COSTS_KEPT = 2_000
REMEASURED = 3
BYTES_LIKE_ONE_MORE = 1_000
"""A message this much longer may take as long as one more message in order."""


class Failure(Exception):
    """A message that did harm; the text holds it, and how to play it again."""


@dataclass
class Slowest:
    """The message that took longest for its length."""

    ratio: float = 0.0
    """CPU time over that of the median message in order, per started BYTES_LIKE_ONE_MORE."""

    conversation: int = 0
    message: int = 0
    damage: str = ''
    size: int = 0


@dataclass
class Report:
    """What was played and what it cost."""

    target: str
    seed: int
    conversations: int = 0
    messages: int = 0
    damaged: int = 0
    ended_by_receiver: int = 0
    damages: dict[str, int] = field(default_factory=dict)
    seconds: float = 0.0
    median_us: float = 0.0
    """CPU time of a message in order."""

    slowdown: float = 0.0
    """The same at the end over the same at the beginning."""

    slowest: Slowest = field(default_factory=Slowest)
    objects_grown: int = 0
    rss_grown_kb: int = 0

    def as_json(self) -> dict:
        """Return plain values."""
        return asdict(self)


class Campaign:
    """One receiver and one seed: the same messages on every machine and Python."""

    def __init__(self, target: str, seed: int) -> None:
        """target: one of TARGETS."""
        self._target = target
        self._seed = seed
        self._report = Report(target, seed)
        self._first_costs = array('d')
        self._last_costs: deque[float] = deque(maxlen=COSTS_KEPT)
        self._unit_s = 0.0

    async def run(self, damaged: int, tell: Callable[[Report], None]) -> Report:
        """Play until this many damaged messages were taken; tell is called at each beginning.

        Raises Failure.
        """
        report, started = self._report, time.monotonic()
        before: tuple[int, int] | None = None
        while report.damaged < damaged:
            tell(report)
            if before is None and report.damaged >= WARM_UP * damaged:
                before = _memory()
            await self._converse(report.conversations)
            report.conversations += 1
        objects, rss_kb = _memory()
        assert before is not None
        report.objects_grown, report.rss_grown_kb = objects - before[0], rss_kb - before[1]
        report.seconds = round(time.monotonic() - started, 1)
        report.median_us = round(1e6 * statistics.median(self._last_costs), 1)
        report.slowdown = round(report.median_us / (1e6 * self._unit_s), 2)
        await self._remeasure(report.slowest)
        return report

    async def replay(self, conversation: int, show: Callable[[int, Message], None]) -> None:
        """Play one conversation; show is called before each message. Raises Failure."""
        await self._converse(conversation, show)

    async def _converse(
        self, number: int, show: Callable[[int, Message], None] | None = None
    ) -> None:
        random = Random(f'{self._target} {self._seed} {number}')
        talk, script = TARGETS[self._target].make(random)
        length = 1 + int(random.expovariate(1 / MEAN_MESSAGES))
        index, message = -1, Message(b'')
        try:
            for index, message in enumerate(islice(script, length)):
                if show:
                    show(index, message)
                begun = time.thread_time()
                await talk.take(message)
                cost_s = time.thread_time() - begun
                await talk.check()
                self._count(message, index, cost_s)
                if talk.over:
                    self._report.ended_by_receiver += 1
                    break
            await talk.end()
        except Exception as error:
            raise Failure(self._describe(number, index, message, error)) from error
        finally:
            talk.close()

    def _count(self, message: Message, index: int, cost_s: float) -> None:
        report = self._report
        report.messages += 1
        if not message.damage:
            self._last_costs.append(cost_s)
            if len(self._first_costs) < COSTS_KEPT:
                self._first_costs.append(cost_s)
                self._unit_s = statistics.median(self._first_costs[-200:])
            return
        report.damaged += 1
        report.damages[message.damage] = report.damages.get(message.damage, 0) + 1
        if len(self._first_costs) == COSTS_KEPT:
            ratio = cost_s / self._allowance_s(message)
            if ratio > report.slowest.ratio:
                size = len(message.data)
                report.slowest = Slowest(ratio, report.conversations, index, message.damage, size)

    def _allowance_s(self, message: Message) -> float:
        return self._unit_s * (1 + len(message.data) / BYTES_LIKE_ONE_MORE)

    async def _remeasure(self, slowest: Slowest) -> None:
        """Take the quickest of several replays: what is the message's own is in all of them."""
        costs = []
        for _ in range(REMEASURED):
            random = Random(f'{self._target} {self._seed} {slowest.conversation}')
            talk, script = TARGETS[self._target].make(random)
            random.expovariate(1 / MEAN_MESSAGES)
            for message in islice(script, slowest.message + 1):
                begun = time.thread_time()
                await talk.take(message)
                cost_s = time.thread_time() - begun
                await talk.check()
            talk.close()
            costs.append(cost_s / self._allowance_s(message))
        slowest.ratio = round(min(costs), 1)

    def _describe(self, number: int, index: int, message: Message, error: Exception) -> str:
        data = message.data.hex()
        shown = data if len(data) <= 4_000 else f'{data[:4_000]} … {len(message.data)} bytes'
        return (
            f'{type(error).__name__}: {error}\n'
            f'after message {index} ({message.damage or "in order"}) of conversation {number}, '
            f'seed {self._seed}: {shown}\n'
            f'again: {replay_command(self._target, self._seed, number)}'
        )


def replay_command(target: str, seed: int, conversation: int) -> str:
    """Return what a person types to play a conversation again, in the repository."""
    return (
        f'PYTHONPATH=.:test/engine python -m fuzz {target} '
        f'--seed {seed} --conversation {conversation}'
    )


def _memory() -> tuple[int, int]:
    """Return the objects the garbage collector knows, and the memory in use, kB."""
    gc.collect()
    pages = int(Path('/proc/self/statm').read_text().split()[1])
    return len(gc.get_objects()), pages * resource.getpagesize() // 1_024

# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""What a persona should know beside its own text: facts of several sources, for a while."""

from collections import defaultdict
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from itertools import count
import time

from personaplex_ros.wire.limits import MAX_CONTEXT_CHARS
from personaplex_ros.wire.limits import MAX_CONTEXT_FACTS
from personaplex_ros.wire.limits import MAX_FACT_CHARS

MAX_TOLD_CHARS = 10 * MAX_CONTEXT_CHARS
"""Looked at in what one source tells at once, from its end."""


@dataclass(frozen=True)
class _Fact:
    text: str
    number: int
    """In the order in which they became known."""

    since_s: float


class Knowledge:
    """Each source tells all that holds now, the oldest first; what it tells no more is dropped."""

    def __init__(self, expiry_s: float, clock: Callable[[], float] = time.monotonic) -> None:
        """expiry_s: a fact that nobody has withdrawn by then is old news."""
        self._expiry_s = expiry_s
        self._clock = clock
        self._numbers = count(1)
        self._known: dict[str, list[_Fact]] = {}
        self._forgotten = 0

    def tell(self, source: str, text: str) -> None:
        """Take what a source tells: a fact a line. A line that it told before keeps its age."""
        before: dict[str, deque[_Fact]] = defaultdict(deque)
        for fact in self._known.get(source, ()):
            before[fact.text].append(fact)
        lines = [line for raw in text[-MAX_TOLD_CHARS:].splitlines() if (line := _clean(raw))]
        self._known[source] = [
            before[line].popleft() if before[line] else self._new(line)
            for line in lines[-MAX_CONTEXT_FACTS:]
        ]

    def forget(self) -> None:
        """Know nothing of what was told so far, however often it is repeated."""
        self._forgotten = next(self._numbers)

    @property
    def facts(self) -> tuple[str, ...]:
        """The newest facts that fit into one context, the oldest of them first."""
        newest: dict[str, _Fact] = {}
        for fact in sorted(self._alive(), key=lambda fact: fact.number):
            newest[fact.text] = fact
        chosen: list[str] = []
        for fact in sorted(newest.values(), key=lambda fact: -fact.number)[:MAX_CONTEXT_FACTS]:
            if sum(map(len, chosen)) + len(fact.text) > MAX_CONTEXT_CHARS:
                break
            chosen.append(fact.text)
        return tuple(reversed(chosen))

    def _alive(self) -> list[_Fact]:
        now_s = self._clock()
        return [
            fact
            for facts in list(self._known.values())  # another thread may count them
            for fact in facts
            if fact.number > self._forgotten and now_s - fact.since_s < self._expiry_s
        ]

    def _new(self, text: str) -> _Fact:
        return _Fact(text, next(self._numbers), self._clock())


def _clean(line: str) -> str:
    """Return what can travel and be printed of a line; half characters cannot."""
    return ' '.join(''.join(c if c.isprintable() else ' ' for c in line).split())[:MAX_FACT_CHARS]

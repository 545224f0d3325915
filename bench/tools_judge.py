# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""Play conversations to a robot's tools: what was done, what should have been, and how fast."""

from collections import Counter
from itertools import pairwise
import json
from random import Random
import time
from typing import Any

from bench.talk import cases
from bench.talk_case import Call
from bench.talk_case import Case
from bench.talk_case import Said
from bench.tools_hands import Hands
from personaplex_ros.tools.audit import NoAudit
from personaplex_ros.tools.catalogue import Catalogue
from personaplex_ros.tools.intent import ToolIntent
from personaplex_ros.tools.steps import Stage

LINE_GAP_S = 2.5
SHOWN = 25
"""Missed and unauthorised cases kept in the result."""


class Clocked:
    """What each piece of text took, in ms."""

    def __init__(self) -> None:
        self.piece_ms: list[float] = []
        self.piece_cpu_ms: list[float] = []
        self.send_ms: list[float] = []


def run(catalogue: Catalogue, case: Case, random: Random, clocked: Clocked) -> Counter[Call]:
    """Play a conversation; return the calls that were accepted, and how often."""
    hands = Hands()
    intent = ToolIntent(catalogue, hands, NoAudit(), clock=lambda: hands.now_s)
    made: Counter[Call] = Counter()
    for line, after in pairwise((*case.lines, None)):
        steps = _play(intent, line, random, hands, clocked)
        if after is None or after.speaker != 'interrupt':
            hands.now_s += LINE_GAP_S
            steps += intent.tick()
        for step in steps:
            if step.stage is Stage.SENT:
                made[step.tool, json.dumps(dict(step.arguments), sort_keys=True)] += 1
    return made


def _play(
    intent: ToolIntent, line: Said, random: Random, hands: Hands, clocked: Clocked
) -> list[Any]:
    if line.speaker == 'interrupt':
        return intent.interrupt()
    if line.speaker == 'agent':
        steps = []
        for piece in pieces(line.text, random):
            hands.now_s += 0.08
            steps += timed(lambda piece=piece: intent.agent_piece(piece), hands, clocked)
        return steps
    hands.now_s += 0.3 * len(line.text.split())
    if random.random() < 0.5:  # words so far, as some recognisers give them
        intent.user_said(line.text[: len(line.text) // 2], line.voice, is_final=False)
    return timed(lambda: intent.user_said(line.text, line.voice), hands, clocked)


def timed(feed: Any, hands: Hands, clocked: Clocked) -> list[Any]:
    hands.sent_at_ns = 0
    cpu_ns, begun_ns = time.thread_time_ns(), time.perf_counter_ns()
    steps = feed()
    clocked.piece_ms.append((time.perf_counter_ns() - begun_ns) / 1e6)
    clocked.piece_cpu_ms.append((time.thread_time_ns() - cpu_ns) / 1e6)
    if hands.sent_at_ns:
        clocked.send_ms.append((hands.sent_at_ns - begun_ns) / 1e6)
    return steps


def pieces(text: str, random: Random) -> list[str]:
    """Cut a text anywhere, as a tokeniser with another vocabulary would."""
    out = []
    while text:
        size = random.randint(1, 6)
        out.append(text[:size])
        text = text[size:]
    return out


def judge(catalogue: Catalogue, count: int, seed: int) -> dict[str, Any]:
    """Play `count` conversations; return the counts, and examples of what went wrong."""
    clocked = Clocked()
    random = Random(seed + 1)
    played: Counter[str] = Counter()
    as_wanted: Counter[str] = Counter()
    missed, unauthorised = [], []
    for case in cases(count, seed):
        made = run(catalogue, case, random, clocked)
        wanted = Counter(case.wanted)
        played[case.kind] += 1
        if made - wanted:
            unauthorised.append(_shown(case, made))
        elif made == wanted:
            as_wanted[case.kind] += 1
        elif case.kind == 'plain':
            missed.append(_shown(case, made))
    plain = played['plain']
    return {
        'transcripts': count,
        'by_kind': dict(sorted(played.items())),
        'unauthorised_calls': len(unauthorised),
        'unauthorised': unauthorised[:SHOWN],
        'plain_commands': plain,
        'recall': round(as_wanted['plain'] / plain, 4) if plain else None,
        'missed': len(missed),
        'missed_examples': missed[:SHOWN],
        'indirect_requests': {'said': played['indirect'], 'acted_on': as_wanted['indirect']},
        'piece_ms': spread(clocked.piece_ms),
        'piece_cpu_ms': spread(clocked.piece_cpu_ms),
        'last_piece_to_send_ms': spread(clocked.send_ms),
    }


def _shown(case: Case, made: Counter[Call]) -> dict[str, Any]:
    return {
        'kind': case.kind,
        'lines': [f'{line.speaker}: {line.text}' for line in case.lines],
        'wanted': [list(call) for call in case.wanted],
        'made': [list(call) for call in made.elements()],
    }


def spread(values: list[float]) -> dict[str, float]:
    """Return p50, p99 and the maximum."""
    ordered = sorted(values) or [0.0]
    pick = lambda part: round(ordered[min(len(ordered) - 1, int(part * len(ordered)))], 4)  # noqa: E731
    return {'p50': pick(0.5), 'p99': pick(0.99), 'max': round(ordered[-1], 4), 'n': len(values)}

# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""Measure words to actions: unauthorised calls, recall, and time. python -m bench.tools."""

import argparse
from collections import Counter
import gc
from itertools import pairwise
import json
from pathlib import Path
from random import Random
import sys
import time
from typing import Any

from bench.conditions import conditions
from bench.talk import Call
from bench.talk import Case
from bench.talk import cases
from bench.talk import Said
from personaplex_ros.tools.audit import NoAudit
from personaplex_ros.tools.catalogue import Catalogue
from personaplex_ros.tools.intent import ToolIntent
from personaplex_ros.tools.loading import load_catalogue
from personaplex_ros.tools.loading import read_catalogue
from personaplex_ros.tools.steps import OutgoingCall
from personaplex_ros.tools.steps import Stage

ROOT = Path(__file__).resolve().parents[1]
EXAMPLE = ROOT / 'config' / 'tools.yaml'
LINE_GAP_S = 2.5
MANY_TOOLS = 500
TIMED_PIECES = 20_000
_MANY_HEAD = 'version: 1\nestop: {phrases: [emergency stop]}\ntools:'
_MANY_ENTRY = """
  - name: tool_{0}
    description: One of many.
    source: agent
    parameters: {{place: {{type: string, enum: [kitchen_{0}, lobby, dock_{0}]}}}}
    phrases:
      agent: ['(heading|going|driving) to the {{place}}', 'on my way to the {{place}} {0}']
    call: {{kind: topic, name: t{0}, type: std_msgs/msg/String, args: {{data: '${{place}}'}}}}"""
_MANY_TALK = (
    ' Okay_, heading_ to_ the_ kitchen_ {}_.',
    ' Going_ to_ the_ lobby_.',
    ' On_ my_ way_ to_ the_ lobby_ {}_.',
    ' I_ was_ on_ my_ way_ to_ the_ dock_ {}_ when_ it_ rained_.',
)
"""What the agent says to many tools, cut into pieces at each _."""

STOPS = 1_000
SHOWN = 25
"""Missed and unauthorised cases kept in the result."""


class Hands:
    """Hands that count; services and actions never answer."""

    def __init__(self) -> None:
        self.now_s = 0.0
        self.calls: list[OutgoingCall] = []
        self.sent_at_ns = 0
        self.cancelled_at_ns = 0

    def send(self, call: OutgoingCall) -> None:
        """Count a call."""
        self.sent_at_ns = time.perf_counter_ns()
        self.calls.append(call)

    def cancel(self, call_id: str) -> None:
        """Note the time of the last request."""
        self.cancelled_at_ns = time.perf_counter_ns()

    def say(self, text: str) -> None:
        """Do nothing."""

    def is_true(self, topic: str) -> bool:
        """Say that the robot is ready for everything."""
        return True


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
        for piece in _pieces(line.text, random):
            hands.now_s += 0.08
            steps += _timed(lambda piece=piece: intent.agent_piece(piece), hands, clocked)
        return steps
    hands.now_s += 0.3 * len(line.text.split())
    if random.random() < 0.5:  # words so far, as some recognisers give them
        intent.user_said(line.text[: len(line.text) // 2], line.voice, is_final=False)
    return _timed(lambda: intent.user_said(line.text, line.voice), hands, clocked)


def _timed(feed: Any, hands: Hands, clocked: Clocked) -> list[Any]:
    hands.sent_at_ns = 0
    cpu_ns, begun_ns = time.thread_time_ns(), time.perf_counter_ns()
    steps = feed()
    clocked.piece_ms.append((time.perf_counter_ns() - begun_ns) / 1e6)
    clocked.piece_cpu_ms.append((time.thread_time_ns() - cpu_ns) / 1e6)
    if hands.sent_at_ns:
        clocked.send_ms.append((hands.sent_at_ns - begun_ns) / 1e6)
    return steps


def _pieces(text: str, random: Random) -> list[str]:
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


def many_tools(seed: int) -> dict[str, Any]:
    """Time single pieces of the agent against MANY_TOOLS tools that begin alike."""
    catalogue = read_catalogue(
        '\n'.join([_MANY_HEAD, *map(_MANY_ENTRY.format, range(MANY_TOOLS))])
    )
    random = Random(seed)
    hands, clocked = Hands(), Clocked()
    intent = ToolIntent(catalogue, hands, NoAudit(), clock=lambda: hands.now_s)
    gc.collect()
    while len(clocked.piece_ms) < TIMED_PIECES:
        for piece in random.choice(_MANY_TALK).format(random.randrange(MANY_TOOLS)).split('_'):
            hands.now_s += 0.001  # a thousand tokens a second
            _timed(lambda piece=piece: intent.agent_piece(piece), hands, clocked)
    return {
        'tools': MANY_TOOLS,
        'piece_ms': spread(clocked.piece_ms),
        'piece_cpu_ms': spread(clocked.piece_cpu_ms),
    }


def emergency_stop(catalogue: Catalogue) -> dict[str, float]:
    """Time from the user's word to the last cancel request, with two calls under way."""
    taken_ms = []
    for _ in range(STOPS):
        hands = Hands()
        intent = ToolIntent(catalogue, hands, NoAudit(), clock=lambda hands=hands: hands.now_s)
        for said in ('go to the lobby', 'yes'):
            intent.user_said(said)
            hands.now_s += LINE_GAP_S
        intent.function_call('take_pose', '{"pose": "sit"}')
        intent.user_said('sit down')
        begun_ns = time.perf_counter_ns()
        intent.user_said('no no emergency stop', is_final=False)
        taken_ms.append((hands.cancelled_at_ns - begun_ns) / 1e6)
    return spread(taken_ms)


def graph(rounds: int) -> dict[str, Any]:
    """Measure the node itself, from message to message."""
    try:
        from bench.tools_graph import measure
    except ImportError as error:
        return {'not measured': f'no ROS graph here: {error}'}
    return {
        'limits': 'p99: 20 ms from the last token to the call, 50 ms from the stop to the cancel',
        **{f'{name}_ms': spread(values) for name, values in measure(rounds).items()},
    }


def spread(values: list[float]) -> dict[str, float]:
    """Return p50, p99 and the maximum."""
    ordered = sorted(values) or [0.0]
    pick = lambda part: round(ordered[min(len(ordered) - 1, int(part * len(ordered)))], 4)  # noqa: E731
    return {'p50': pick(0.5), 'p99': pick(0.99), 'max': round(ordered[-1], 4), 'n': len(values)}


def main() -> int:
    """Measure, print, and write the result; 1 where a call was made that nobody asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--count', type=int, default=10_000, help='transcripts (10000)')
    parser.add_argument('--seed', type=int, default=20_26, help='of the generator (2026)')
    parser.add_argument('--rounds', type=int, default=200, help='of each latency (200)')
    parser.add_argument('--json', type=Path, help='write the result to this file')
    options = parser.parse_args()
    result = judge(load_catalogue(EXAMPLE), options.count, options.seed)
    result['many_tools'] = many_tools(options.seed)
    result['emergency_stop_to_cancel_ms'] = emergency_stop(load_catalogue(EXAMPLE))
    result['graph'] = graph(options.rounds)
    result['conditions'] = {'seed': options.seed, **conditions('make bench-tools')}
    text = json.dumps(result, indent=2, ensure_ascii=False)
    if options.json:
        options.json.parent.mkdir(parents=True, exist_ok=True)
        options.json.write_text(text + '\n', encoding='utf-8')
    print(text)
    return 1 if result['unauthorised_calls'] else 0


if __name__ == '__main__':
    sys.exit(main())

# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""Measure words to actions: unauthorised calls, recall, and time. python -m bench.tools."""

import argparse
import json
from pathlib import Path
import sys
import time
from typing import Any

from bench.conditions import conditions
from bench.tools_hands import Hands
from bench.tools_judge import judge
from bench.tools_judge import LINE_GAP_S
from bench.tools_judge import spread
from bench.tools_many import many_tools
from personaplex_ros.tools.audit import NoAudit
from personaplex_ros.tools.catalogue import Catalogue
from personaplex_ros.tools.intent import ToolIntent
from personaplex_ros.tools.loading import load_catalogue

ROOT = Path(__file__).resolve().parents[1]
EXAMPLE = ROOT / 'config' / 'tools.yaml'
STOPS = 1_000


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

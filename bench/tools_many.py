# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""What a token costs with 500 tools: those of a large household, and those that begin alike."""

from collections import Counter
from collections.abc import Sequence
import gc
from random import Random
import time
from typing import Any
from typing import NamedTuple

from bench.talk_bank import CHAT
from bench.talk_bank import HYPOTHETICAL
from bench.talk_bank import NEGATED
from bench.talk_bank import POLITE
from bench.tools_hands import Hands
from bench.tools_judge import Clocked
from bench.tools_judge import LINE_GAP_S
from bench.tools_judge import pieces
from bench.tools_judge import spread
from bench.tools_judge import timed
from personaplex_ros.tools.audit import NoAudit
from personaplex_ros.tools.intent import ToolIntent
from personaplex_ros.tools.loading import read_catalogue

TIMED_PIECES = 20_000
"""Of the agent, for each file; the user says as many sentences as the agent."""

_HEAD = 'version: 1\naddress: [robot, mira]\nestop: {phrases: [emergency stop]}\ntools:'
_CALL = 'call: {kind: topic, name: t, type: std_msgs/msg/Empty, args: {}}'

_ALIKE = f"""
  - name: tool_#
    description: One of many.
    source: agent
    parameters: {{place: {{type: string, enum: [kitchen_#, lobby, dock_#]}}}}
    phrases:
      agent: ['(heading|going|driving) to the {{place}}', 'on my way to the {{place}} #']
    {_CALL}"""
_ALIKE_TALK = (
    'Okay, heading to the kitchen #.',
    'Going to the lobby.',
    'On my way to the lobby #.',
    'I was on my way to the dock # when it rained.',
)

_HOUSEHOLD = f"""
  - name: DEED_@
    description: One of many.
    source: both
    PARAMETERS
    phrases:
      user: ['PHRASE']
      agent: ["(I'll|I will|let me|I'm going to) PHRASE"]
    unless: ['(broken|new) * @']
    {_CALL}"""
_THINGS = (
    *('lamp', 'fan', 'heater', 'blind', 'door', 'window', 'television', 'radio', 'oven'),
    *('printer', 'camera', 'drawer', 'fridge', 'cup', 'box', 'tray', 'chair', 'table', 'cart'),
    *('bottle', 'plant', 'gripper', 'arm', 'gate', 'valve'),
)
_NONE = 'parameters: {}'
_PERCENT = 'parameters: {percent: {type: integer, minimum: 0, maximum: 100, default: 10}}'
_ROOM = """\
parameters: {room: {type: string, enum: [kitchen, lobby, office, garage, lab], default: lab}}
    words: {room: {lobby: [front desk, reception], lab: [laboratory, test room]}}"""
_DEEDS = {  # name: (phrase, what is said, parameters)
    'on': ('(turn|switch|put) on [the|my] @ [in the {room}]', 'turn on the @ in the lab', _ROOM),
    'off': ('(turn|switch) off [the|my] @ [in the {room}]', 'switch off the @', _ROOM),
    'set': ('set [the|my] @ to {percent} [percent]', 'set the @ to forty two percent', _PERCENT),
    'open': ('open [the|my] @ [in the {room}]', 'open the @ in the kitchen', _ROOM),
    'close': ('(close|shut) [the|my] @ [in the {room}]', 'shut the @', _ROOM),
    'lock': ('lock [the|my] @', 'lock my @', _NONE),
    'unlock': ('unlock [the|my] @', 'unlock the @', _NONE),
    'start': ('start [up] the @', 'start up the @', _NONE),
    'pause': ('pause the @ [for {percent} minutes]', 'pause the @ for ten minutes', _PERCENT),
    'check': ('(check|look at|inspect) the @ [in the {room}]', 'look at the @', _ROOM),
    'clean': ('clean [up] the @ [in the {room}]', 'clean the @ in the test room', _ROOM),
    'bring': ('bring [me] the @ [from the {room}]', 'bring me the @ from the garage', _ROOM),
    'take': ('take the @ to the {room}', 'take the @ to the front desk', _ROOM),
    'find': ('find (the|my) @', 'find my @', _NONE),
    'count': ('count the @s [in the {room}]', 'count the @s in the garage', _ROOM),
    'move': ('move the @ to the {room}', 'move the @ to the reception', _ROOM),
    'rotate': ('(turn|rotate) the @ {percent} degrees', 'turn the @ ninety degrees', _PERCENT),
    'lift': ('(lift|raise) the @ [by {percent}]', 'raise the @ by five', _PERCENT),
    'lower': ('lower the @ [by {percent}]', 'lower the @ by fifty five', _PERCENT),
    'follow': ('follow the @', 'follow the @', _NONE),
}


class Many(NamedTuple):
    """A tools file, and what is said to it."""

    text: str
    talk: list[str]
    agent_forms: Sequence[str] = ('{x}',)
    user_forms: Sequence[str] = ('{x}',)
    """{x} is where one of `talk` stands."""


def _alike() -> Many:
    """Return tools whose phrases begin with the same words."""
    numbers = [str(number) for number in range(len(_THINGS) * len(_DEEDS))]
    tools = [_ALIKE.replace('#', number) for number in numbers]
    talk = [text.replace('#', number) for text in _ALIKE_TALK for number in numbers]
    return Many(_file(tools), talk)


def _household() -> Many:
    """Return 25 things that 20 things can be done with."""
    tools, talk = [], []
    for deed, (phrase, said, parameters) in _DEEDS.items():
        for thing in _THINGS:
            entry = _HOUSEHOLD.replace('DEED', deed).replace('PARAMETERS', parameters)
            tools.append(entry.replace('PHRASE', phrase).replace('@', thing))
            talk.append(said.replace('@', thing))
    agent = ("Okay, I'll {x}.", "I'm going to {x} now.", 'I will not {x}.', 'I used to {x}.')
    return Many(_file(tools), talk, agent, [*POLITE, *NEGATED, *HYPOTHETICAL, *CHAT])


def _file(tools: list[str]) -> str:
    return _HEAD + ''.join(tools) + '\n'


def many_tools(seed: int) -> dict[str, Any]:
    """Return what pieces of the agent and words of the user cost, for both files."""
    files = {'alike': _alike(), 'household': _household()}
    return {name: _measure(many, Random(seed)) for name, many in files.items()}


def _measure(many: Many, random: Random) -> dict[str, Any]:
    begun_s = time.thread_time()
    catalogue = read_catalogue(many.text)
    hands, agent, user = Hands(), Clocked(), Clocked()
    intent = ToolIntent(catalogue, hands, NoAudit(), clock=lambda: hands.now_s)
    load_s = time.thread_time() - begun_s
    word_ms: list[float] = []
    stages: Counter[str] = Counter()
    gc.collect()
    while len(agent.piece_ms) < TIMED_PIECES:
        said = random.choice(many.agent_forms).format(x=random.choice(many.talk))
        steps = []
        for piece in [*pieces(said, random), '.']:
            hands.now_s += 0.001  # a thousand tokens a second
            steps += timed(lambda piece=piece: intent.agent_piece(piece), hands, agent)
        said = random.choice(many.user_forms).format(x=random.choice(many.talk))
        steps += timed(lambda said=said: intent.user_said(said), hands, user)
        word_ms.append(user.piece_cpu_ms[-1] / len(said.split()))
        stages.update(step.stage.name for step in steps)
        hands.now_s += LINE_GAP_S
        intent.agent_ended()
    return {
        'tools': len(catalogue.tools),
        'load_cpu_s': round(load_s, 2),
        'proposed': stages['PROPOSED'],
        'piece_ms': spread(agent.piece_ms),
        'piece_cpu_ms': spread(agent.piece_cpu_ms),
        'user_sentence_cpu_ms': spread(user.piece_cpu_ms),
        'user_word_cpu_ms': spread(word_ms),
    }

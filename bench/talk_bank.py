# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""The sentences of bench/sentences/talk.txt: commands, and forms that hold a command."""

from random import Random

from bench.sentences import sections
from bench.talk_case import Call
from bench.talk_case import Said

LEADS_TO = ' -> '
ANSWERED_BY = ' / '

_lists = sections('talk')

POLITE, INDIRECT = _lists['polite'], _lists['indirect']
NEGATED, QUOTED, ASKED = _lists['negated'], _lists['quoted'], _lists['asked']
PAST, HYPOTHETICAL, OTHERS = _lists['past'], _lists['hypothetical'], _lists['others']
"""Forms; {x} is where a command stands."""

NEAR, CHAT, AFFIRM = _lists['near'], _lists['chat'], _lists['affirm']
FOREIGN, LOCAL = _lists['foreign words'], _lists['local words']


def _with_calls(name: str) -> list[tuple[str, Call]]:
    found = []
    for line in _lists[name]:
        said, call = line.split(LEADS_TO)
        tool, arguments = call.split(' ', 1)
        found.append((said, (tool, arguments)))
    return found


SIMPLE, GOING = _with_calls('simple'), _with_calls('going')
"""(what is said, call)."""

POSING = [(*said.split(ANSWERED_BY), call) for said, call in _with_calls('posing')]
"""(what the user asks for, what the agent says to it, call)."""


def any_command(random: Random) -> str:
    """Return a command of the user, of any kind."""
    pool: list = random.choice([SIMPLE, GOING, POSING])
    return random.choice(pool)[0]


def user(random: Random, form: str, said: str) -> Said:
    """Return what a user says: a command in a form."""
    return Said('user', written(random, form.format(x=said)))


def written(random: Random, text: str) -> str:
    """Vary how a recogniser or a token stream writes a sentence, its meaning kept."""
    kind = random.randrange(5)
    if kind == 0:
        return text.lower()
    if kind == 1:
        return text[:1].upper() + text[1:]
    if kind == 2:
        return text.replace("'", '’')
    if kind == 3:
        return '  '.join(text.split(' ')) + ' '
    return text

# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""Conversations around a robot, each with what may come of it: a seeded grammar of its own.

Written from how people talk, not from how tools.yaml is matched: nothing of the package is
imported here. A case says which calls its people asked for; everything else is unauthorised.
"""

from collections.abc import Callable
from collections.abc import Iterator
from random import Random

from bench import talk_bank as bank
from bench import talk_robot as robot
from bench import talk_user as user
from bench.talk_case import Case

KINDS: list[tuple[Callable[[Random], Case], int]] = [
    (user.plain, 30),
    (user.indirect, 2),
    (user.talk('negation', bank.NEGATED), 9),
    (user.talk('quotation', bank.QUOTED), 8),
    (user.talk('question', bank.ASKED), 8),
    (user.talk('past', bank.PAST), 5),
    (user.talk('hypothetical', bank.HYPOTHETICAL), 8),
    (user.talk('others', bank.OTHERS), 6),
    (user.near, 7),
    (user.salad, 4),
    (robot.agent_alone, 5),
    (robot.not_confirmed, 4),
    (user.two_people, 3),
    (robot.interrupted, 2),
    (robot.structured, 1),
]
"""Makers, and how often each has its turn."""


def cases(count: int, seed: int) -> Iterator[Case]:
    """Yield conversations, the same ones for the same seed."""
    random = Random(seed)
    kinds = [kind for kind, weight in KINDS for _ in range(weight)]
    for _ in range(count):
        yield random.choice(kinds)(random)

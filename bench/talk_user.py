# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""Conversations in which users speak: commands, and talk that is none."""

from collections.abc import Callable
from random import Random

from bench import talk_bank as bank
from bench.talk_case import Case
from bench.talk_case import Said


def plain(random: Random) -> Case:
    """Ask for one thing or two, and confirm where that is needed."""
    form = random.choice(bank.POLITE)
    which = random.random()
    if which < 0.55:
        said, wanted = random.choice(bank.SIMPLE)
        return Case('plain', (bank.user(random, form, said),), (wanted,))
    if which < 0.7:
        return _two_at_once(random, form)
    if which < 0.85:
        said, going = random.choice(bank.GOING)
        lines = (bank.user(random, form, said), Said('user', random.choice(bank.AFFIRM)))
        return Case('plain', lines, (going,))
    return _agreed(random, form)


def _two_at_once(random: Random, form: str) -> Case:
    (one, first), (two, second) = random.sample(bank.SIMPLE, 2)
    joint = random.choice([' and ', ', and ', ' and then ', ', then '])
    wanted = tuple(dict.fromkeys((first, second)))
    return Case('plain', (bank.user(random, form, one + joint + two),), wanted)


def _agreed(random: Random, form: str) -> Case:
    """The robot says that it will."""
    said, answer, pose = random.choice(bank.POSING)
    opening = random.choice(['', 'Okay, ', 'Sure. ', 'Of course, ', 'Sure, '])
    ending = random.choice(['.', ' now.', '!', ''])
    answer = opening + (answer if not opening or opening == 'Sure. ' else _lower(answer)) + ending
    return Case('plain', (bank.user(random, form, said), Said('agent', answer)), (pose,))


def _lower(text: str) -> str:
    return text if text.startswith('I') else text[0].lower() + text[1:]


def indirect(random: Random) -> Case:
    """Ask in a way that need not be understood."""
    said, wanted = random.choice(bank.SIMPLE)
    line = bank.user(random, random.choice(bank.INDIRECT), said)
    return Case('indirect', (line,), (wanted,))


def talk(kind: str, forms: list[str]) -> Callable[[Random], Case]:
    """Return a maker of talk that mentions a command and asks for nothing."""

    def make(random: Random) -> Case:
        line = bank.user(random, random.choice(forms), bank.any_command(random))
        before = (Said('user', random.choice(bank.CHAT)),) if random.random() < 0.3 else ()
        after = (Said('user', random.choice(bank.CHAT)),) if random.random() < 0.3 else ()
        return Case(kind, (*before, line, *after))

    return make


def near(random: Random) -> Case:
    """Say something that sounds like a command."""
    return Case('near', (Said('user', bank.written(random, random.choice(bank.NEAR))),))


def salad(random: Random) -> Case:
    """Say the words of commands in any order, other words among them."""
    words = [random.choice(bank.LOCAL) for _ in range(random.randint(3, 12))]
    for _ in range(random.randint(1, 2)):
        words.insert(random.randint(0, len(words)), random.choice(bank.FOREIGN))
    return Case('salad', (Said('user', ' '.join(words)),))


def two_people(random: Random) -> Case:
    """Two voices: what one begins the other does not end."""
    command = bank.any_command(random).split()
    cut = random.randint(1, max(1, len(command) - 1))
    first, rest = ' '.join(command[:cut]), ' '.join(command[cut:])
    lines = random.choice(
        [
            (Said('user', 'you know I never ' + first, 'a'), Said('user', rest + ' dear', 'b')),
            (
                Said('user', random.choice(bank.OTHERS).format(x=' '.join(command)), 'a'),
                Said('user', random.choice(['I will.', 'Do it yourself.', 'Yes.', 'Okay.']), 'b'),
            ),
            (Said('user', 'shall I ' + first, 'a'), Said('user', rest + ' you mean?', 'b')),
        ]
    )
    return Case('two people', lines)

# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""Damage to the JSON of a 0x04 or 0x05 message: values, names, spelling, encoding."""

from collections.abc import Callable
import json
from random import Random

from .damage_bytes import Damage

NASTY = (
    'null', 'true', 'false', '""', '[]', '{}', '[[]]', '{"id":1}', '-0', '-0.0', '-1', '0.0',
    '1.0', '1e0', '1e-400', '1e400', '-1e400', 'NaN', 'Infinity', '-Infinity', '2147483647',
    '2147483648', '4294967296', '9007199254740993', '1e308', '9' * 400, '"\\u0000"', '"\\ud800"',
    '"\\udc00\\ud800"', '"\\ud83d\\ude00"', '"\\uffff"', '"\u202e"', '"\n\r\t"', '"\\u001b[2J"',
    '"\\n2026 ERROR all is lost"', '"../../etc/passwd"', '"/dev/zero"', '"NATF2.pt.pt"', '"~root"',
    '"%s%n{0}{x}"', '"true"', '"1"', '"unterminated', "'quoted'", '01', '+1', '.5', '1.', '0x10',
    'undefined', '//', '/**/1', '1,', '\0', '"' + 'x' * 200 + '"',
)  # fmt: skip
"""JSON values, and texts that pass for them."""

LONG = (
    '9' * 5_000, '0.' + '3' * 5_000, '1' + '0' * 4_299, '"' + 'x' * 4_000 + '"',
    '"' + 'x' * 4_001 + '"', '"' + '語' * 4_001 + '"', '"' + 'x' * 70_000 + '"',
    '[' * 500 + ']' * 500, '[' * 40_000, '{"a":' * 20_000,
)  # fmt: skip
LONG_EVERY = 30

NAMES = (
    'type',
    'id',
    'text_prompt',
    'voice_prompt',
    'frame',
    'code',
    'message',
    'fatal',
    '',
    'id ',
)

MANY = 3_000
"""Members of an object or array that is large for the sake of it."""


def new_value(random: Random, fields: dict) -> str:
    """Give a field a nasty value."""
    return _spelled(fields, {random.choice([*fields] or ['id']): _nasty(random)})


def new_values(random: Random, fields: dict) -> str:
    """Give every field one."""
    return _spelled(fields, {name: _nasty(random) for name in fields})


def without_a_field(random: Random, fields: dict) -> str:
    """Leave a field out."""
    left_out = random.choice([*fields] or [''])
    return _spelled({name: value for name, value in fields.items() if name != left_out})


def renamed(random: Random, fields: dict) -> str:
    """Call a field something else."""
    old, new = random.choice([*fields] or ['']), random.choice(NAMES)
    return _spelled({new if name == old else name: value for name, value in fields.items()})


def twice(random: Random, fields: dict) -> str:
    """Say a field twice, with two values."""
    text, name = _spelled(fields), random.choice([*fields] or ['id'])
    again = f'{json.dumps(name)}:{_nasty(random)}'
    return '{' + again + ',' + text[1:] if random.random() < 0.5 else f'{text[:-1]},{again}}}'


def another_type(random: Random, fields: dict) -> str:
    """Claim to be another message."""
    types = ('interrupt', 'set_persona', 'say', 'frame', 'session', 'error', 'dance', 'Interrupt')
    return _spelled(fields | {'type': random.choice(types)})


def crowded(random: Random, fields: dict) -> str:
    """Add thousands of fields nobody knows."""
    return _spelled(fields | {f'x{number}': number for number in range(random.randrange(MANY))})


def wrapped(random: Random, fields: dict) -> str:
    """Put the message into something else."""
    before, after = random.choice(
        (('[', ']'), ('{"a":', '}'), ('"', '"'), ('', '}'), ('\ufeff', ''))
    )
    return before + _spelled(fields) + after


def a_crowd(random: Random, fields: dict) -> str:
    """Send a list of thousands of empty things instead."""
    return '[' + ','.join(['[]', '{}', '0', '""'][random.randrange(4)] for _ in range(MANY)) + ']'


DAMAGES: tuple[Callable[[Random, dict], str], ...] = (
    new_value,
    new_value,  # most of what a decoder can get wrong is in one value
    new_values,
    without_a_field,
    renamed,
    twice,
    another_type,
    crowded,
    wrapped,
    a_crowd,
)

RARE = (crowded, a_crowd)
RARELY = 50

ENCODINGS = ('utf-8', 'utf-8', 'utf-8', 'utf-8-sig', 'utf-16', 'utf-32', 'latin-1')


def json_damage(random: Random) -> Damage:
    """Choose one; its name is the name of what it does to the fields."""
    change = random.choice(DAMAGES)
    while change in RARE and random.randrange(RARELY):
        change = random.choice(DAMAGES)

    def damage(random: Random, message: bytes) -> bytes:
        text = change(random, json.loads(message[1:]))
        encoding = 'utf-8' if random.random() < 0.9 else random.choice(ENCODINGS)
        return message[:1] + text.encode(encoding, 'replace')

    damage.__name__ = change.__name__
    return damage


def _nasty(random: Random) -> str:
    return random.choice(NASTY if random.randrange(LONG_EVERY) else LONG)


def _spelled(fields: dict, values: dict[str, str] | None = None) -> str:
    """Return JSON of the fields; some of them have a value that is spelled out already."""
    values = values or {}
    members = (
        f'{json.dumps(name)}:{values[name] if name in values else json.dumps(value)}'
        for name, value in fields.items()
    )
    return '{' + ','.join(members) + '}'

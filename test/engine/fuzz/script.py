# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""What a damaged peer says: endless scripts in which most messages are damaged, some are not."""

from collections.abc import Iterator
from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

from personaplex_ros.wire.messages import Kind
from personaplex_ros.wire.messages import pack

from . import samples
from .damage_bytes import ANY
from .damage_json import json_damage
from .damage_ogg import damaged_page

DAMAGED_SHARE = 0.85
"""The rest is in order, so that damage meets conversations in every state."""

JSON_SHARE = 0.7
"""Of the damage to JSON, what is done to its fields; the rest is done to its bytes."""


@dataclass(frozen=True)
class Message:
    """One WebSocket message."""

    data: bytes
    damage: str = ''
    """Name of what was done to it; empty for a message in order."""

    is_text: bool = False


def caller_script(random: Random) -> Iterator[Message]:
    """protocol=1: sound, requests and pings."""
    while True:
        kind = random.random()
        if kind < 0.5:
            yield from _perhaps_damaged(random, random.choice(samples.requests()))
        elif kind < 0.85:
            yield from _perhaps_damaged(random, pack(Kind.AUDIO, samples.pcm_frame()))
        elif kind < 0.99:
            yield from _perhaps_damaged(random, random.choice(samples.OTHERS))
        else:
            yield Message(random.randbytes(9).hex().encode(), 'text', is_text=True)


def upstream_script(random: Random) -> Iterator[Message]:
    """NVIDIA's form: pages of one Ogg/Opus stream, one or a few a message."""
    head, tags, *pages = samples.opus_pages()
    if random.random() < 0.8:  # otherwise the stream begins in the middle, or damaged
        yield Message(pack(Kind.AUDIO, head + tags))
    number = 0
    while True:
        page = pages[number % len(pages)]
        number += 1
        chance = random.random()
        if chance < 0.05:
            yield from _perhaps_damaged(random, random.choice(samples.OTHERS))
        elif chance < 0.4:
            yield Message(pack(Kind.AUDIO, page))
        elif chance < 0.45:
            at = random.randrange(len(page))
            yield Message(pack(Kind.AUDIO, page[:at]))
            yield Message(pack(Kind.AUDIO, page[at:]))
        else:
            name, left = damaged_page(random, page)
            yield Message(pack(Kind.AUDIO, left), name)


def engine_script(random: Random) -> Iterator[Message]:
    """What an engine says in a session: reports, text, speech, answers and faults."""
    while True:
        if random.random() < 0.5:
            frame = (samples.reports()[0], *_pieces(random), _speech())
            damaged_one = random.randrange(2 * len(frame))
            for number, message in enumerate(frame):
                yield _damaged(random, message) if number == damaged_one else Message(message)
        else:
            yield from _perhaps_damaged(random, random.choice(samples.reports()))


def nvidia_script(random: Random) -> Iterator[Message]:
    """What NVIDIA's server says: text pieces, and the pages of an Ogg/Opus stream."""
    for message in upstream_script(random):
        if random.random() < 0.1:
            yield from _perhaps_damaged(random, pack(Kind.TEXT, b' hello'))
        yield message


def welcome_script(random: Random) -> Iterator[Message]:
    """What an engine says from the first message on."""
    yield from _perhaps_damaged(random, samples.welcome())
    yield from _perhaps_damaged(random, pack(Kind.READY))
    yield from engine_script(random)


def _pieces(random: Random) -> Sequence[bytes]:
    pieces = (b' hello', ' 你'.encode(), b'\xe4\xbd', b'')
    count = random.randrange(3) if random.randrange(200) else 1_000
    return [pack(Kind.TEXT, random.choice(pieces)) for _ in range(count)]


def _speech() -> bytes:
    return pack(Kind.AUDIO, samples.pcm_frame())


def _perhaps_damaged(random: Random, message: bytes) -> Iterator[Message]:
    yield _damaged(random, message) if random.random() < DAMAGED_SHARE else Message(message)


def _damaged(random: Random, message: bytes) -> Message:
    has_fields = message[0] in (Kind.JSON, Kind.ERROR)
    damage = random.choice(ANY)
    if has_fields and random.random() < JSON_SHARE:
        damage = json_damage(random)
    return Message(damage(random, message), damage.__name__)

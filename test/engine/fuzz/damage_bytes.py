# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""Damage that asks for no format: bits, bytes, ends, lengths."""

from collections.abc import Callable
from random import Random

Damage = Callable[[Random, bytes], bytes]
"""Returns the bytes of a message, damaged."""

LENGTHS = (0, 1, 2, 3, 125, 126, 3_839, 3_840, 3_841, 65_535, 65_536, 1 << 18)
FULL_LENGTH = 1 << 20
"""As long as a WebSocket message may be here: wire/limits.py, MAX_MESSAGE_BYTES."""

FULL_LENGTH_EVERY = 400
"""A megabyte costs a thousand times what others cost; it comes this seldom."""


def flip_bits(random: Random, data: bytes) -> bytes:
    """Turn one to eight bits."""
    damaged = bytearray(data or b'\0')
    for _ in range(random.randint(1, 8)):
        damaged[random.randrange(len(damaged))] ^= 1 << random.randrange(8)
    return bytes(damaged)


def cut(random: Random, data: bytes) -> bytes:
    """End early."""
    return data[: random.randrange(len(data) + 1)]


def cut_head(random: Random, data: bytes) -> bytes:
    """Begin late."""
    return data[random.randrange(len(data) + 1) :]


def insert(random: Random, data: bytes) -> bytes:
    """Put random bytes in somewhere."""
    at = random.randrange(len(data) + 1)
    return data[:at] + random.randbytes(random.randint(1, 40)) + data[at:]


def remove(random: Random, data: bytes) -> bytes:
    """Take a piece out."""
    start = random.randrange(len(data) + 1)
    return data[:start] + data[start + random.randint(1, 40) :]


def repeat(random: Random, data: bytes) -> bytes:
    """Say a piece many times."""
    start = random.randrange(len(data) + 1)
    piece = data[start : start + random.randint(1, 20)]
    return data[:start] + piece * random.randint(2, 200) + data[start:]


def new_first_byte(random: Random, data: bytes) -> bytes:
    """Call it another kind."""
    return (
        bytes((random.randrange(256) if random.random() < 0.3 else random.randrange(9),))
        + (data[1:])
    )


def noise(random: Random, data: bytes) -> bytes:
    """Keep the first byte alone; the rest is random and of an awkward length."""
    return data[:1] + _long(random, random.randbytes)


def same_bytes(random: Random, data: bytes) -> bytes:
    """Keep the first byte alone; the rest is one byte, over and over."""
    filler = random.choice((b'\0', b'\xff', b'[', b'{"a":', b'"', b'9', b' ', b'\xed\xa0\x80'))
    return data[:1] + _long(random, lambda size: (filler * (size // len(filler) + 1))[:size])


def nothing(random: Random, data: bytes) -> bytes:
    """Leave all of it out."""
    return b''


def _long(random: Random, filled: Callable[[int], bytes]) -> bytes:
    if random.randrange(FULL_LENGTH_EVERY) == 0:
        return filled(FULL_LENGTH - 1)
    # The longer, the rarer: all in all every length takes about as much of the time.
    return filled(LENGTHS[min(int(random.expovariate(0.25)), len(LENGTHS) - 1)])


ANY: tuple[Damage, ...] = (
    flip_bits,
    cut,
    cut_head,
    insert,
    remove,
    repeat,
    new_first_byte,
    noise,
    same_bytes,
    nothing,
)
"""What any message may suffer."""

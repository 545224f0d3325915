# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""Damage to an Ogg/Opus stream: pages, packets and headers that break their own rules."""

from collections.abc import Callable
from dataclasses import replace
from random import Random

from .damage_bytes import ANY
from .damage_bytes import FULL_LENGTH
from .damage_bytes import FULL_LENGTH_EVERY
from .samples import laced
from .samples import opus_head
from .samples import opus_pages
from .samples import Page
from .samples import parsed

GRANULES = (-1, 0, 1, -(2**63), 2**63 - 1, 2**31, 48_000 * 3_600)
UNSUMMED = 0
"""For long pages, whose sum would take Python longer than the decoder takes for the page."""


def checksum(random: Random, page: Page) -> bytes:
    """Claim a sum that is not the page's."""
    return bytes(replace(page, checksum=random.getrandbits(32)))


def serial(random: Random, page: Page) -> bytes:
    """Belong to another stream."""
    return bytes(replace(page, serial=random.choice((0, 8, 2**32 - 1))))


def sequence(random: Random, page: Page) -> bytes:
    """Claim another place in the stream."""
    return bytes(replace(page, sequence=random.choice((0, page.sequence + 2, 2**32 - 1))))


def flags(random: Random, page: Page) -> bytes:
    """Begin, continue or end where nothing does."""
    return bytes(replace(page, flags=random.randrange(256)))


def granule(random: Random, page: Page) -> bytes:
    """Claim another time."""
    return bytes(replace(page, granule=random.choice(GRANULES)))


def version(random: Random, page: Page) -> bytes:
    """Be of a version that nobody made."""
    return bytes(replace(page, version=random.randint(1, 255)))


def lacing(random: Random, page: Page) -> bytes:
    """Lie about the lengths of packets."""
    table = random.randbytes(random.choice((0, 1, 2, 5, 255)))
    return bytes(replace(page, lacing=table))


def empty_packets(random: Random, page: Page) -> bytes:
    """Hold up to 255 packets of no length, each of which means lost sound."""
    return bytes(replace(page, lacing=bytes(random.randint(1, 255)), body=b''))


def endless_packet(random: Random, page: Page) -> bytes:
    """Hold a piece of a packet that never ends."""
    table, body = b'\xff' * 255, random.randbytes(255 * 255)
    return bytes(replace(page, lacing=table, body=body, checksum=UNSUMMED))


def packet(random: Random, page: Page) -> bytes:
    """Hold something that is no Opus, on a page that is in order."""
    return bytes(laced(random.randbytes(random.choice((1, 2, 3, 50, 500))), page.sequence))


def opus_bits(random: Random, page: Page) -> bytes:
    """Turn a bit of the sound; the page's sum is that of the damaged page."""
    body = bytearray(page.body or b'\0')
    body[random.randrange(len(body))] ^= 1 << random.randrange(8)
    return bytes(replace(page, body=bytes(body)))


def another_page(random: Random, page: Page) -> bytes:
    """Say a page out of turn, or again."""
    return random.choice(opus_pages())


def chained(random: Random, page: Page) -> bytes:
    """Begin another stream in the middle of this one, in order or with an odd header."""
    head = random.choice(
        (
            opus_head(),
            opus_head(channels=2),
            opus_head(channels=0),
            opus_head(channels=255, family=255),
            opus_head(rate_hz=48_000),
            opus_head(rate_hz=0),
            opus_head(rate_hz=2**32 - 1),
            opus_head(family=1),
            opus_head()[:-1],
            b'OpusHead',
            b'',
        )
    )
    return bytes(replace(laced(head, 0, flags=2), serial=random.choice((7, 8))))


def tags(random: Random, page: Page) -> bytes:
    """Give the stream comments that are long, or lie about their length."""
    length = random.choice((0, 20, 60_000)).to_bytes(4, 'little')
    claim = random.choice((length, b'\xff\xff\xff\xff'))
    body = b'OpusTags' + claim + bytes(int.from_bytes(length, 'little')) + bytes(4)
    return bytes(replace(laced(body, 1), checksum=UNSUMMED))


def raw(random: Random, page: Page) -> bytes:
    """Suffer what any bytes may."""
    return random.choice(ANY)(random, b'\x01' + bytes(page))[1:]


def megabyte(random: Random, page: Page) -> bytes:
    """Say as much as fits into one message, in whole pages."""
    if random.randrange(FULL_LENGTH_EVERY):
        return bytes(page) * random.randint(2, 20)
    return (bytes(page) * (FULL_LENGTH // len(bytes(page))))[: FULL_LENGTH - 1]


DAMAGES: tuple[Callable[[Random, Page], bytes], ...] = (
    checksum,
    serial,
    sequence,
    flags,
    granule,
    version,
    lacing,
    empty_packets,
    endless_packet,
    packet,
    opus_bits,
    another_page,
    chained,
    tags,
    raw,
    megabyte,
)

COSTLY = (empty_packets, endless_packet, tags)
COSTLY_EVERY = 5
"""A decoder takes milliseconds for what these claim; the others are done in a tenth of one."""


def damaged_page(random: Random, page: bytes) -> tuple[str, bytes]:
    """Return the name of a damage, and a page (or what is left of it) that suffered it."""
    damage = random.choice(DAMAGES)
    while damage in COSTLY and random.randrange(COSTLY_EVERY):
        damage = random.choice(DAMAGES)
    return damage.__name__, damage(random, parsed(page))

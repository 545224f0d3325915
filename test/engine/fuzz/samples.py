# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""Valid messages of both sides, from which all damage begins."""

import dataclasses
from dataclasses import dataclass
import functools
import struct
from typing import Any

import numpy as np
import sphn

from personaplex_ros.audio.format import SAMPLE_RATE_HZ
from personaplex_ros.audio.format import SAMPLES_PER_FRAME
from personaplex_ros.wire import events
from personaplex_ros.wire.messages import Kind
from personaplex_ros.wire.messages import pack

SERIAL = 7
"""Of the Ogg stream that every damaged one begins as."""

OPUS_SECONDS = 2.0


VALUES = {int: 7, float: 18.3, bool: False, int | None: 3}
"""What a field of each type says; text says more, see below."""

TEXTS = {'voice_prompt': 'NATF2', 'voice': 'NATM1.pt', 'reason': 'user_speech'}
PROSE = 'You enjoy talking. Zoë, 你好\n'


def example(event: type) -> Any:
    """Return a message of this class that its receiver takes."""
    values = {}
    for field in dataclasses.fields(event):
        values[field.name] = VALUES.get(field.type, TEXTS.get(field.name, PROSE))
    return event(**values)


@functools.cache
def requests() -> tuple[bytes, ...]:
    """Every request a caller may send, as WebSocket messages."""
    return tuple(events.encode(example(event)) for event in events.CALLER_EVENTS)


@functools.cache
def reports() -> tuple[bytes, ...]:
    """Every JSON message and small fault an engine may send within a session."""
    return tuple(events.encode(example(event)) for event in (*events.SESSION_EVENTS, events.Fault))


@functools.cache
def welcome() -> bytes:
    """What an engine says before READY."""
    return events.encode(example(events.SessionStarted))


@functools.cache
def pcm_frame() -> bytes:
    """One frame of s16le."""
    return (8_000 * np.sin(np.arange(SAMPLES_PER_FRAME) / 9)).astype('<i2').tobytes()


OTHERS = (pack(Kind.PING), pack(Kind.PING, b'12345678'), pack(Kind.CONTROL, b'\0'))
"""Messages besides sound and JSON that a caller may send."""


@dataclass
class Page:
    """One Ogg page (RFC 3533, section 6), its parts open to damage."""

    flags: int
    granule: int
    serial: int
    sequence: int
    lacing: bytes
    body: bytes
    version: int = 0
    checksum: int | None = None
    """None: the right one."""

    def __bytes__(self) -> bytes:
        """Return the page as it travels."""
        fields = (self.version, self.flags, self.granule, self.serial, self.sequence)
        head = struct.pack('<4sBBqII', b'OggS', *fields)
        tail = bytes((len(self.lacing),)) + self.lacing + self.body
        checksum = self.checksum
        if checksum is None:
            checksum = ogg_checksum(head + bytes(4) + tail)
        return head + struct.pack('<I', checksum) + tail


def laced(packet: bytes, sequence: int, flags: int = 0, granule: int = 0) -> Page:
    """Return a page that holds one packet of less than 64 kB."""
    lacing = b'\xff' * (len(packet) // 255) + bytes((len(packet) % 255,))
    return Page(flags, granule, SERIAL, sequence, lacing[:255], packet)


def ogg_checksum(page: bytes) -> int:
    """Return the sum of a page whose own field is zero: polynomial 0x04c11db7, no reflection."""
    checksum = 0
    for byte in page:
        checksum = (checksum << 8 & 0xFFFFFFFF) ^ _sums()[checksum >> 24 ^ byte]
    return checksum


@functools.cache
def _sums() -> list[int]:
    sums = []
    for first in range(256):
        value = first << 24
        for _ in range(8):
            value = (value << 1 ^ (0x04C11DB7 if value & 1 << 31 else 0)) & 0xFFFFFFFF
        sums.append(value)
    return sums


def opus_head(channels: int = 1, rate_hz: int = SAMPLE_RATE_HZ, family: int = 0) -> bytes:
    """Return the identification header (RFC 7845, section 5.1)."""
    return b'OpusHead' + struct.pack('<BBHIhB', 1, channels, 312, rate_hz, 0, family)


@functools.cache
def opus_pages() -> tuple[bytes, ...]:
    """One stream of speech-like sound: head, tags, then pages of 40 ms."""
    time_s = np.arange(int(OPUS_SECONDS * SAMPLE_RATE_HZ)) / SAMPLE_RATE_HZ
    sound = 0.3 * np.sin(2 * np.pi * (180 * time_s + 40 * time_s**2))
    writer = sphn.OpusStreamWriter(SAMPLE_RATE_HZ)
    frames = sound.astype(np.float32).reshape(-1, SAMPLES_PER_FRAME)
    return tuple(split_pages(b''.join(writer.append_pcm(frame) for frame in frames)))


def split_pages(stream: bytes) -> list[bytes]:
    """Cut a whole Ogg stream into its pages."""
    pages, start = [], 0
    while start < len(stream):
        lacing = stream[start + 27 : start + 27 + stream[start + 26]]
        end = start + 27 + len(lacing) + sum(lacing)
        pages.append(stream[start:end])
        start = end
    return pages


def parsed(page: bytes) -> Page:
    """Take a whole page apart."""
    _, version, flags, granule, serial, sequence = struct.unpack('<4sBBqII', page[:22])
    body = 27 + page[26]
    return Page(flags, granule, serial, sequence, page[27:body], page[body:], version)

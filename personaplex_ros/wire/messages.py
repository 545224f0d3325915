# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""The binary frame of /api/chat: one kind byte, then the payload."""

from enum import IntEnum

from personaplex_ros.audio.format import SAMPLES_PER_FRAME

PROTOCOL_VERSION = 1
"""Query parameter `protocol` that selects PCM and JSON; without it upstream's form is spoken."""

BYTES_PER_SAMPLE = 2
FRAME_BYTES = SAMPLES_PER_FRAME * BYTES_PER_SAMPLE


class WireError(ValueError):
    """A message that breaks the protocol; the text says what was expected."""


class Kind(IntEnum):
    """First byte of a message (NVIDIA/personaplex 3428dfd, client/src/protocol/types.ts)."""

    READY = 0x00
    AUDIO = 0x01
    TEXT = 0x02
    CONTROL = 0x03
    JSON = 0x04
    ERROR = 0x05
    PING = 0x06


def pack(kind: Kind, payload: bytes = b'') -> bytes:
    """Return one binary WebSocket message."""
    return bytes((kind,)) + payload


def unpack(message: bytes) -> tuple[Kind, bytes]:
    """Split a binary WebSocket message; raises WireError for an empty one or an unknown kind."""
    if not message:
        raise WireError('empty message; expected one kind byte and a payload')
    try:
        kind = Kind(message[0])
    except ValueError:
        known = ', '.join(f'0x{k:02x} {k.name.lower()}' for k in Kind)
        raise WireError(
            f'unknown message kind 0x{message[0]:02x}; expected one of {known}'
        ) from None
    return kind, message[1:]

# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""The two ways to speak /api/chat: ours with PCM and JSON, and NVIDIA's with Ogg/Opus."""

from collections.abc import Callable
from collections.abc import Iterator
import time
from typing import Protocol

import numpy as np

from personaplex_ros.audio.intake import to_int16
from personaplex_ros.audio.ogg_opus import OpusIn
from personaplex_ros.audio.ogg_opus import OpusOut
from personaplex_ros.engine.outbox import Answer
from personaplex_ros.engine.outbox import Outgoing
from personaplex_ros.engine.outbox import Pong
from personaplex_ros.wire import events
from personaplex_ros.wire.messages import BYTES_PER_SAMPLE
from personaplex_ros.wire.messages import Kind
from personaplex_ros.wire.messages import pack
from personaplex_ros.wire.messages import WireError

INT16_SCALE = 32_768.0


class BrokenStream(WireError):
    """The caller's audio cannot be followed any further; the text says why."""


class Form(Protocol):
    """How one caller's messages look."""

    takes_json: bool

    def samples(self, payload: bytes) -> Iterator[np.ndarray]:
        """Yield the samples in a 0x01 payload, int16 [n], in pieces of bounded work.

        Raises WireError for a payload to be left out, BrokenStream where nothing after it
        can be understood.
        """
        ...

    def render(self, item: Outgoing) -> list[bytes]:
        """Return the WebSocket messages that say this."""
        ...


class PcmForm:
    """protocol=1: raw s16le, one frame a message, and JSON beside it."""

    takes_json = True

    def samples(self, payload: bytes) -> Iterator[np.ndarray]:
        """Yield the payload's samples."""
        if len(payload) % BYTES_PER_SAMPLE:
            raise WireError(
                f'{len(payload)} bytes of audio; expected s16le samples, an even number of bytes'
            )
        yield np.frombuffer(payload, '<i2').astype(np.int16, copy=False)

    def render(self, item: Outgoing) -> list[bytes]:
        """Return JSON, text piece and PCM, in the contract's order."""
        if isinstance(item, Answer):
            sound = pack(Kind.AUDIO, item.pcm.astype('<i2', copy=False).tobytes())
            return [events.encode(item.report), *_text(item), sound]
        if isinstance(item, Pong):
            return [pack(Kind.PING, item.payload)]
        if isinstance(item, events.SessionStarted):
            return [events.encode(item), pack(Kind.READY)]
        return [events.encode(item)]


class OpusForm:
    """NVIDIA's form: one continuous Ogg/Opus stream each way, errors as sentences."""

    takes_json = False

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        """clock: seconds, against which the caller's stream is live."""
        self._incoming = OpusIn(clock)
        self._outgoing = OpusOut()

    def samples(self, payload: bytes) -> Iterator[np.ndarray]:
        """Yield what the payload completes of the caller's stream."""
        try:
            for pcm in self._incoming.decode(payload):
                yield to_int16(pcm * INT16_SCALE)
        except ValueError as error:
            raise BrokenStream(
                f'the Ogg/Opus stream is broken ({error}); '
                'expected one Opus stream, 24 kHz mono: reconnect with a new encoder'
            ) from None

    def render(self, item: Outgoing) -> list[bytes]:
        """Return what NVIDIA's client knows; our JSON is left out."""
        if isinstance(item, Answer):
            pages = self._outgoing.encode(item.pcm.astype(np.float32) / INT16_SCALE)
            return [*_text(item), *([pack(Kind.AUDIO, pages)] if pages else [])]
        if isinstance(item, Pong):
            return [pack(Kind.PING, item.payload)]
        if isinstance(item, events.SessionStarted):
            return [pack(Kind.READY)]
        if isinstance(item, events.Fault):
            return [pack(Kind.ERROR, item.message.encode())]
        return []


def _text(answer: Answer) -> list[bytes]:
    return [pack(Kind.TEXT, answer.piece.encode())] if answer.piece else []

# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""WebSocket on a bare socket: everything can be said, right or wrong (RFC 6455, section 5)."""

import base64
from enum import IntEnum
import os
import socket
import struct
from urllib.parse import urlencode

from personaplex_ros.wire.messages import Kind

PATIENCE_S = 60.0
"""An engine that says nothing for so long is taken for dead."""

PROTOCOL_1 = {'protocol': '1', 'voice_prompt': 'NATF2', 'text_prompt': 'Be kind.'}


class Opcode(IntEnum):
    """The frames there are."""

    CONTINUATION = 0
    TEXT = 1
    BINARY = 2
    CLOSE = 8
    PING = 9
    PONG = 10


def frame(
    opcode: int,
    payload: bytes = b'',
    *,
    fin: bool = True,
    reserved: int = 0,
    masked: bool = True,
    claimed: int | None = None,
) -> bytes:
    """Return one frame. claimed: its length as told, where that is not the truth."""
    length = len(payload) if claimed is None else claimed
    mask_bit = 0x80 if masked else 0
    head = bytes((0x80 * fin | reserved << 4 | opcode,))
    if length < 126:
        head += bytes((mask_bit | length,))
    elif length < 1 << 16:
        head += struct.pack('>BH', mask_bit | 126, length)
    else:
        head += struct.pack('>BQ', mask_bit | 127, length)
    return head + (bytes(4) if masked else b'') + payload  # a mask of zeros changes nothing


class RawCaller:
    """A TCP connection to the engine; closed at the end of a with block, without a word."""

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(('127.0.0.1', port), PATIENCE_S)
        self.received = b''
        self.fault = b''
        """The last error that the engine told while `until` waited for something else."""

    def __enter__(self) -> 'RawCaller':
        """Connected."""
        return self

    def __exit__(self, *_: object) -> None:
        """Vanish."""
        self.socket.close()

    def send(self, data: bytes) -> bool:
        """Send bytes; False when the engine has hung up."""
        try:
            self.socket.sendall(data)
        except ConnectionError:
            return False
        return True

    def request(self, query: dict[str, str] = PROTOCOL_1, *headers: str) -> bytes:
        """Return the bytes of a good handshake."""
        key = base64.b64encode(os.urandom(16)).decode()
        lines = (
            f'GET /api/chat?{urlencode(query)} HTTP/1.1',
            'Host: 127.0.0.1',
            'Upgrade: websocket',
            'Connection: Upgrade',
            f'Sec-WebSocket-Key: {key}',
            'Sec-WebSocket-Version: 13',
            *headers,
        )
        return '\r\n'.join((*lines, '', '')).encode()

    def upgrade(self, *headers: str) -> str:
        """Shake hands; return the head of the engine's answer."""
        self.send(self.request(PROTOCOL_1, *headers))
        while b'\r\n\r\n' not in self.received:
            assert self.more(), 'the engine hung up in the handshake'
        head, _, self.received = self.received.partition(b'\r\n\r\n')
        return head.decode()

    def receive(self) -> tuple[int, bytes] | None:
        """Return opcode and payload of the next frame; None when the engine has hung up."""
        while (parsed := self._parsed()) is None:
            if not self.more():
                return None
        return parsed

    def until(self, *kinds: int) -> bytes | None:
        """Return the payload of the next message of one of these kinds; None at the end."""
        while (received := self.receive()) is not None:
            opcode, payload = received
            if opcode == Opcode.BINARY and payload[0] in kinds:
                return payload[1:]
            if opcode == Opcode.BINARY and payload[0] == Kind.ERROR:
                self.fault = payload[1:]
            if opcode == Opcode.CLOSE:
                return None
        return None

    def until_hung_up(self) -> int | None:
        """Read to the end; return the engine's close code, where it gave one."""
        code = None
        while (received := self.receive()) is not None:
            opcode, payload = received
            if opcode == Opcode.CLOSE and len(payload) >= 2:
                code = int.from_bytes(payload[:2], 'big')
                self.send(frame(Opcode.CLOSE, payload[:2]))
        return code

    def first_message(self) -> tuple[int, bytes]:
        """Return kind and payload of the first message after a handshake that was only sent."""
        while b'\r\n\r\n' not in self.received:
            assert self.more(), 'the engine hung up in the handshake'
        self.received = self.received.partition(b'\r\n\r\n')[2]
        received = self.receive()
        assert received is not None and received[0] == Opcode.BINARY, received
        return received[1][0], received[1][1:]

    def discard(self) -> None:
        """Throw away what has come, without waiting for more."""
        self.socket.setblocking(False)
        try:
            while self.socket.recv(1 << 16):
                pass
        except (BlockingIOError, ConnectionError):
            pass
        self.socket.settimeout(PATIENCE_S)

    def more(self) -> bool:
        """Wait for more bytes; False when the engine has hung up."""
        try:
            data = self.socket.recv(1 << 16)
        except ConnectionError:
            return False
        self.received += data
        return bool(data)

    def _parsed(self) -> tuple[int, bytes] | None:
        data = self.received
        if len(data) < 2:
            return None
        length, start = data[1] & 0x7F, 2
        if length == 126:
            length, start = int.from_bytes(data[2:4], 'big'), 4
        elif length == 127:
            length, start = int.from_bytes(data[2:10], 'big'), 10
        if len(data) < start + length:
            return None
        self.received = data[start + length :]
        return data[0] & 0x0F, data[start : start + length]

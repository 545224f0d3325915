# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""Messages to bytes and back: CDR (XCDR1) with the 4-byte header, as ROS 2 middleware does it.

Alignment counts from the byte after the header. Written little-endian, read in either order.
wstring is what rmw_fastrtps writes in humble: the number of UTF-16 units, each as uint32.
"""

from embedded_ros.interfaces.cdr_reading import Cursor
from embedded_ros.interfaces.cdr_reading import message_reader
from embedded_ros.interfaces.cdr_writing import message_writer
from embedded_ros.interfaces.classes import Message

HEADER_SIZE = 4
LITTLE_ENDIAN_HEADER = b'\x00\x01\x00\x00'
_BYTE_ORDERS = {b'\x00\x00': '>', b'\x00\x01': '<'}


def serialize(message: Message) -> bytes:
    """The bytes of a message. Raises TypeError for what is no message."""
    if not isinstance(message, Message):
        raise TypeError(f'expected a message, got {message!r}')
    payload = bytearray()
    message_writer(type(message))(payload, message)
    return LITTLE_ENDIAN_HEADER + bytes(payload)


def deserialize(data: bytes, cls: type[Message]) -> Message:
    """The message that the bytes hold; bytes after its end are ignored.

    Raises ValueError where the bytes are no CDR or end too early.
    """
    order = _BYTE_ORDERS.get(bytes(data[:2]))
    if order is None or len(data) < HEADER_SIZE:
        raise ValueError(
            f'not plain CDR: expected a header 00 00 or 00 01 and 2 more bytes, '
            f'got {bytes(data[:HEADER_SIZE]).hex(" ")!r}'
        )
    cursor = Cursor(memoryview(data)[HEADER_SIZE:])
    try:
        return message_reader(cls, order)(cursor)
    except (IndexError, UnicodeDecodeError) as error:
        raise ValueError(
            f'{len(data)} bytes are no {cls._SPECIFICATION.full_name}: {error}'
        ) from error

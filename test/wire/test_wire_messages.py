# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""The binary frame of /api/chat."""

import pytest

from personaplex_ros.wire.messages import FRAME_BYTES
from personaplex_ros.wire.messages import Kind
from personaplex_ros.wire.messages import pack
from personaplex_ros.wire.messages import unpack
from personaplex_ros.wire.messages import WireError


@pytest.mark.parametrize('kind', list(Kind))
@pytest.mark.parametrize('payload', [b'', b'\x00', bytes(range(256))])
def test_every_kind_comes_back_as_it_was_packed(kind, payload):
    assert unpack(pack(kind, payload)) == (kind, payload)


def test_the_kind_bytes_are_upstreams():
    assert [int(kind) for kind in Kind] == [0, 1, 2, 3, 4, 5, 6]
    assert pack(Kind.AUDIO, b'ab') == b'\x01ab'


def test_a_frame_is_80_ms_of_16_bit_mono_at_24_khz():
    assert FRAME_BYTES == 3840


def test_an_empty_message_is_refused():
    with pytest.raises(WireError, match='empty message; expected one kind byte'):
        unpack(b'')


@pytest.mark.parametrize('kind', [0x07, 0x7F, 0xFF])
def test_an_unknown_kind_is_refused_with_those_there_are(kind):
    with pytest.raises(WireError, match=f'0x{kind:02x}; expected one of 0x00 ready, 0x01 audio'):
        unpack(bytes([kind]) + b'payload')

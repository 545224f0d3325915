# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""Messages become the bytes that ROS 2 middleware would send, and come back from them."""

import array
from collections import UserString
import enum
import struct

import pytest

from embedded_ros.interfaces import deserialize
from embedded_ros.interfaces import load_submodule
from embedded_ros.interfaces import serialize

std_msgs = load_submodule('std_msgs', 'msg')
test_msgs = load_submodule('test_msgs', 'msg')
builtin_interfaces = load_submodule('builtin_interfaces', 'msg')

LITTLE = b'\x00\x01\x00\x00'
BIG = b'\x00\x00\x00\x00'


def test_a_string_carries_its_length_and_an_end():
    assert serialize(std_msgs.String(data='ñu')) == LITTLE + b'\x04\0\0\0' + 'ñu'.encode() + b'\0'


def test_an_empty_message_is_one_byte():
    assert serialize(std_msgs.Empty()) == LITTLE + b'\0'
    assert deserialize(LITTLE + b'\0', std_msgs.Empty) == std_msgs.Empty()


def test_alignment_counts_from_behind_the_header():
    message = test_msgs.BasicTypes(bool_value=True, float64_value=1.0)
    payload = serialize(message)[4:]
    assert payload[:3] == b'\x01\0\0'
    assert payload[8:16] == struct.pack('<d', 1.0)


def test_an_empty_sequence_is_not_padded_for_elements_it_does_not_have():
    message = std_msgs.Float64MultiArray()
    message.layout.data_offset = 1
    assert serialize(message) == LITTLE + struct.pack('<III', 0, 1, 0)


def test_wide_strings_are_utf16_units_of_four_bytes():
    message = test_msgs.WStrings(wstring_value='aハ😀')
    payload = serialize(message)[4:]
    assert payload[:20] == struct.pack('<IIIII', 4, ord('a'), ord('ハ'), 0xD83D, 0xDE00)
    assert deserialize(LITTLE + payload, test_msgs.WStrings) == message


def test_big_endian_bytes_are_read():
    message = deserialize(
        BIG + struct.pack('>iI', -5, 7) + struct.pack('>I', 4) + b'map\0', std_msgs.Header
    )
    assert (message.stamp.sec, message.stamp.nanosec, message.frame_id) == (-5, 7, 'map')
    data = BIG + struct.pack('>II', 0, 0) + struct.pack('>Ihhh', 3, 1, -2, 300)
    samples = deserialize(data, std_msgs.Int16MultiArray).data
    assert samples == array.array('h', [1, -2, 300])


def test_an_empty_string_sent_without_its_end_is_read():
    assert deserialize(LITTLE + b'\0\0\0\0', std_msgs.String).data == ''


@pytest.mark.parametrize(
    'make',
    [
        test_msgs.Arrays,
        test_msgs.BoundedSequences,
        test_msgs.UnboundedSequences,
        test_msgs.Defaults,
        test_msgs.Strings,
        test_msgs.WStrings,
        test_msgs.MultiNested,
        test_msgs.Empty,
        load_submodule('test_msgs', 'srv').Arrays.Request,
        load_submodule('test_msgs', 'action').Fibonacci.Impl.FeedbackMessage,
    ],
)
def test_what_was_written_is_read_back(make):
    message = make()
    twin = deserialize(serialize(message), make)
    assert twin == message
    assert repr(twin) == repr(message)


def test_bytes_may_come_as_any_buffer_and_longer_than_needed():
    data = serialize(std_msgs.String(data='a')) + b'\0\0'
    for buffer in (data, bytearray(data), memoryview(data)):
        assert deserialize(buffer, std_msgs.String).data == 'a'


@pytest.mark.parametrize(
    ('data', 'reason'),
    [
        (b'', 'not plain CDR'),
        (b'\0\x01\0', 'not plain CDR'),
        (b'\0\x03\0\0\0\0\0\0', 'not plain CDR'),
        (LITTLE, 'no std_msgs/msg/String: 4 bytes wanted at 0, but the data ends at 0'),
        (LITTLE + b'\xff\xff\xff\x7fabc', 'but the data ends at 7'),
        (LITTLE + b'\x02\0\0\0\xff\0', 'no std_msgs/msg/String'),
    ],
)
def test_bytes_that_are_no_message_are_refused(data, reason):
    with pytest.raises(ValueError, match=reason):
        deserialize(data, std_msgs.String)


def test_a_false_count_of_a_long_list_ends_with_the_data():
    data = LITTLE + struct.pack('<II', 2**32 - 1, 0)
    with pytest.raises(ValueError, match='but the data ends at'):
        deserialize(data, load_submodule('rcl_interfaces', 'msg').ParameterEventDescriptors)


def test_strings_of_derived_types_are_written_by_their_value():
    class Word(str, enum.Enum):
        HELLO = 'hello'

    written = serialize(std_msgs.String(data=Word.HELLO))
    assert written == serialize(std_msgs.String(data='hello'))
    bounded = test_msgs.Strings(bounded_string_value=UserString('user'))
    assert serialize(bounded) == serialize(test_msgs.Strings(bounded_string_value='user'))


def test_only_messages_can_be_serialized():
    with pytest.raises(TypeError, match='expected a message'):
        serialize('text')

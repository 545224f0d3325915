# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""A copied message is what a subscriber in another process would have received."""

import array
from collections import UserString
import enum

import numpy
import pytest

from embedded_ros.interfaces import copy_message
from embedded_ros.interfaces import load_submodule

test_msgs = load_submodule('test_msgs', 'msg')
std_msgs = load_submodule('std_msgs', 'msg')


class Level(enum.IntEnum):
    LOUD = 7


class Word(str, enum.Enum):
    HELLO = 'hello'


def test_a_copy_is_equal_and_shares_nothing_that_can_change():
    original = test_msgs.MultiNested()
    original.unbounded_sequence_of_arrays = [test_msgs.Arrays(string_values=['a', 'b', 'c'])]
    twin = copy_message(original)
    assert twin == original
    twin.unbounded_sequence_of_arrays[0].string_values[0] = 'changed'
    twin.array_of_arrays[1].float64_values[0] = 5.0
    twin.array_of_unbounded_sequences[0].int16_values.append(3)
    twin.bounded_sequence_of_arrays.append(test_msgs.Arrays())
    assert original.unbounded_sequence_of_arrays[0].string_values[0] == 'a'
    assert original.array_of_arrays[1].float64_values[0] == 0.0
    assert len(original.array_of_unbounded_sequences[0].int16_values) == 0
    assert original.bounded_sequence_of_arrays == []


def test_arrays_keep_their_type():
    twin = copy_message(test_msgs.UnboundedSequences(int16_values=[1, 2]))
    assert twin.int16_values == array.array('h', [1, 2])
    assert copy_message(test_msgs.Arrays()).uint64_values.dtype == numpy.uint64


def test_a_float32_arrives_rounded_and_a_float64_does_not():
    twin = copy_message(test_msgs.BasicTypes(float32_value=3.14, float64_value=3.14))
    assert twin.float32_value == numpy.float32(3.14)
    assert twin.float32_value != 3.14
    assert twin.float64_value == 3.14


def test_a_subscriber_gets_plain_python_types():
    message = test_msgs.BasicTypes(
        int32_value=Level.LOUD,
        uint8_value=True,
        float64_value=numpy.float64(0.5),
        byte_value=bytearray(b'x'),
    )
    twin = copy_message(message)
    assert type(twin.int32_value) is int
    assert type(twin.uint8_value) is int
    assert type(twin.float64_value) is float
    assert twin.byte_value == b'x' and type(twin.byte_value) is bytes
    assert type(copy_message(std_msgs.String(data=Word.HELLO)).data) is str
    assert copy_message(std_msgs.String(data=Word.HELLO)).data == 'hello'
    strings = test_msgs.Strings(bounded_string_value=UserString('user'))
    assert type(copy_message(strings).bounded_string_value) is str


def test_sets_and_tuples_arrive_as_lists():
    twin = copy_message(test_msgs.UnboundedSequences(bool_values=(True,), string_values={'a'}))
    assert twin.bool_values == [True]
    assert twin.string_values == ['a']


def test_a_matrix_arrives_flat():
    message = test_msgs.Arrays()
    message.int32_values = numpy.array([[1], [2], [3]], numpy.int32)
    assert copy_message(message).int32_values.shape == (3,)


def test_a_message_of_a_derived_class_arrives_as_one_of_the_class_in_the_text():
    class Shout(std_msgs.String):
        pass

    assert copy_message(Shout(data='hey')) == std_msgs.String(data='hey')
    assert type(copy_message(Shout())) is std_msgs.String


def test_what_is_no_message_is_refused():
    with pytest.raises(TypeError, match='expected a message'):
        copy_message('text')


def test_half_a_character_does_not_travel():
    from std_msgs.msg import String

    with pytest.raises(UnicodeEncodeError):
        copy_message(String(data='half \ud800'))
    assert copy_message(String(data='Zürich \U0001f600')).data == 'Zürich \U0001f600'

# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""Message classes behave as those that rosidl writes for Python on humble."""

import array
from collections import UserString
import copy
import math

import numpy
import pytest

from embedded_ros.interfaces import interface_name
from embedded_ros.interfaces import load_submodule

test_msgs = load_submodule('test_msgs', 'msg')
std_msgs = load_submodule('std_msgs', 'msg')
diagnostic_msgs = load_submodule('diagnostic_msgs', 'msg')
rcl_interfaces = load_submodule('rcl_interfaces', 'msg')
geometry_msgs = load_submodule('geometry_msgs', 'msg')
nav_msgs = load_submodule('nav_msgs', 'msg')


def test_scalar_fields_start_at_zero_of_their_python_type():
    message = test_msgs.BasicTypes()
    assert message.bool_value is False
    assert message.byte_value == b'\x00'
    assert message.char_value == 0
    assert isinstance(message.float32_value, float)
    assert isinstance(message.int64_value, int)
    assert std_msgs.String().data == ''


@pytest.mark.parametrize(
    ('field', 'low', 'high'),
    [
        ('int8_value', -(2**7), 2**7 - 1),
        ('uint8_value', 0, 2**8 - 1),
        ('char_value', 0, 2**8 - 1),
        ('int16_value', -(2**15), 2**15 - 1),
        ('uint16_value', 0, 2**16 - 1),
        ('int32_value', -(2**31), 2**31 - 1),
        ('uint32_value', 0, 2**32 - 1),
        ('int64_value', -(2**63), 2**63 - 1),
        ('uint64_value', 0, 2**64 - 1),
    ],
)
def test_an_integer_field_takes_its_range_and_no_more(field, low, high):
    message = test_msgs.BasicTypes()
    for value in (low, high):
        setattr(message, field, value)
        assert getattr(message, field) == value
    for value in (low - 1, high + 1):
        with pytest.raises(AssertionError, match=rf"The '{field}' field must be an.* integer in"):
            setattr(message, field, value)
    assert getattr(message, field) == high


@pytest.mark.parametrize(
    ('field', 'wrong', 'error'),
    [
        ('bool_value', 1, "The 'bool_value' field must be of type 'bool'"),
        ('int32_value', 1.0, "The 'int32_value' field must be of type 'int'"),
        ('int32_value', numpy.int32(1), "The 'int32_value' field must be of type 'int'"),
        ('float64_value', 1, "The 'float64_value' field must be of type 'float'"),
        (
            'float32_value',
            3.5e38,
            "The 'float32_value' field must be a float in [-3.402823466e+38, 3.402823466e+38]",
        ),
        (
            'byte_value',
            0,
            "The 'byte_value' field must be of type 'bytes' or 'ByteString' with length 1",
        ),
        (
            'byte_value',
            b'ab',
            "The 'byte_value' field must be of type 'bytes' or 'ByteString' with length 1",
        ),
        ('char_value', 'a', "The 'char_value' field must be of type 'int'"),
    ],
)
def test_a_value_of_a_wrong_type_is_refused_in_the_words_of_rosidl(field, wrong, error):
    with pytest.raises(AssertionError) as caught:
        setattr(test_msgs.BasicTypes(), field, wrong)
    assert str(caught.value).splitlines()[0] == error


def test_floats_may_be_infinite_or_no_number():
    message = test_msgs.BasicTypes(float32_value=math.inf, float64_value=-math.inf)
    message.float32_value = math.nan
    assert math.isnan(message.float32_value)


def test_a_string_field_takes_only_strings():
    with pytest.raises(AssertionError, match="The 'data' field must be of type 'str'"):
        std_msgs.String().data = b'bytes'


def test_a_bounded_string_is_held_to_its_length():
    message = test_msgs.Strings(bounded_string_value='a' * 22)
    message.bounded_string_value = UserString('b' * 22)
    with pytest.raises(AssertionError, match='string value not longer than 22'):
        message.bounded_string_value = 'a' * 23


def test_a_sub_message_must_be_of_its_class():
    header = std_msgs.Header()
    with pytest.raises(AssertionError, match="sub message of type 'Time'"):
        header.stamp = std_msgs.Header()


def test_number_sequences_are_arrays_of_the_right_code():
    message = test_msgs.UnboundedSequences()
    message.int16_values = [1, -2]
    assert message.int16_values == array.array('h', [1, -2])
    assert message.float64_values.typecode == 'd'
    message.uint8_values = b'ab'
    assert message.uint8_values == array.array('B', b'ab')
    with pytest.raises(AssertionError, match="must have the type code of 'h'"):
        message.int16_values = array.array('i', [1])
    with pytest.raises(AssertionError, match='a set or sequence'):
        message.int16_values = numpy.zeros(3, numpy.int16)


def test_an_array_given_to_a_setter_is_kept_and_one_given_to_the_constructor_is_copied():
    samples = array.array('h', [1, 2])
    message = test_msgs.UnboundedSequences(int16_values=samples)
    assert message.int16_values is not samples
    message.int16_values = samples
    assert message.int16_values is samples


def test_the_error_of_a_sequence_tells_length_type_and_range():
    with pytest.raises(AssertionError) as caught:
        test_msgs.BoundedSequences().int8_values = [128]
    assert str(caught.value).splitlines()[0] == (
        "The 'int8_values' field must be a set or sequence with length <= 3 "
        "and each value of type 'int' and each integer in [-128, 127]"
    )


@pytest.mark.parametrize(
    ('field', 'values'),
    [
        ('bool_values', [True] * 4),
        ('byte_values', [b'a'] * 4),
        ('string_values', ['a'] * 4),
        ('int32_values', [1] * 4),
        ('int32_values', array.array('i', [1] * 4)),
        ('string_values', 'abc'),
        ('string_values', [b'a']),
        ('byte_values', [1]),
        ('uint64_values', [2**64]),
        ('float32_values', [3.5e38]),
    ],
)
def test_a_bounded_sequence_refuses_too_many_and_wrong_values(field, values):
    with pytest.raises(AssertionError):
        setattr(test_msgs.BoundedSequences(), field, values)


def test_other_sequences_stay_what_they_were_given_as():
    message = test_msgs.UnboundedSequences()
    assert message.string_values == []
    message.bool_values = (True, False)
    assert message.bool_values == (True, False)
    message.string_values = {'a'}
    assert message.string_values == {'a'}


def test_fixed_number_arrays_are_numpy_arrays():
    message = test_msgs.Arrays()
    assert message.uint8_values.dtype == numpy.uint8
    message.float32_values = [1.0, 2.0, 3.0]
    assert message.float32_values.dtype == numpy.float32
    given = numpy.array([1, 2, 3], numpy.int64)
    message.int64_values = given
    assert message.int64_values is given
    with pytest.raises(AssertionError, match=r"must have the dtype of 'numpy\.int64'"):
        message.int64_values = numpy.zeros(3)
    with pytest.raises(AssertionError, match='must have a size of 3'):
        message.int64_values = numpy.zeros(4, numpy.int64)
    with pytest.raises(AssertionError, match='with length 3'):
        message.int64_values = [1]


def test_other_fixed_arrays_are_lists_of_zeros():
    message = test_msgs.Arrays()
    assert message.bool_values == [False] * 3
    assert message.byte_values == [b'\x00'] * 3
    assert message.string_values == [''] * 3
    assert message.basic_types_values == [test_msgs.BasicTypes()] * 3


def test_defaults_of_the_text_are_the_first_values():
    message = test_msgs.Defaults()
    assert message.byte_value == b'2'
    assert message.int32_value == -30000
    assert message.float32_value == 1.125
    assert test_msgs.Strings().string_value_default4 == "Hello'world!"
    assert test_msgs.WStrings().wstring_value_default3 == 'ハローワールド'
    arrays = test_msgs.Arrays()
    assert arrays.byte_values_default == [b'\x00', b'\x01', b'\xff']
    assert arrays.int8_values_default.tolist() == [0, 127, -128]
    assert arrays.string_values_default == ['', 'max value', 'min value']


def test_a_default_is_not_shared_between_messages():
    one, other = test_msgs.UnboundedSequences(), test_msgs.UnboundedSequences()
    one.bool_values_default.append(True)
    one.int32_values_default.append(5)
    one.bool_values.append(True)
    assert other.bool_values_default == [False, True, False]
    assert len(other.int32_values_default) == 3
    assert other.bool_values == []


def test_a_default_can_be_asked_of_the_class_but_not_set():
    assert test_msgs.Defaults.INT32_VALUE__DEFAULT == -30000
    with pytest.raises(AttributeError):
        test_msgs.Defaults.INT32_VALUE__DEFAULT = 1


def test_constants_are_on_the_class_and_on_messages_and_can_not_be_set():
    status = diagnostic_msgs.DiagnosticStatus
    assert (status.OK, status.STALE) == (b'\x00', b'\x03')
    assert rcl_interfaces.ParameterType.PARAMETER_DOUBLE == 3
    assert rcl_interfaces.Log().INFO == b'\x14'
    assert test_msgs.Strings.STRING_CONST == 'Hello world!'
    with pytest.raises(AttributeError):
        status.OK = b'\x01'
    with pytest.raises(AttributeError):
        status().OK = b'\x01'


def test_an_unknown_keyword_is_refused_by_name():
    with pytest.raises(AssertionError, match='Invalid arguments passed to constructor: b, dta'):
        std_msgs.String(dta='', b=1)


def test_an_unknown_attribute_is_refused():
    with pytest.raises(AttributeError):
        std_msgs.String().dta = 'typing error'


def test_field_types_are_told_in_the_notation_of_rosidl_and_as_a_copy():
    types = rcl_interfaces.ParameterDescriptor.get_fields_and_field_types()
    assert types['floating_point_range'] == 'sequence<rcl_interfaces/FloatingPointRange, 1>'
    assert types['read_only'] == 'boolean'
    types['more'] = 'int32'
    assert 'more' not in rcl_interfaces.ParameterDescriptor().get_fields_and_field_types()
    assert rcl_interfaces.FloatingPointRange.__slots__ == ['_from_value', '_to_value', '_step']


def test_a_message_is_shown_as_rosidl_shows_it():
    assert repr(std_msgs.String(data='a')) == "std_msgs.msg.String(data='a')"
    assert repr(std_msgs.Empty()) == 'std_msgs.msg.Empty()'
    assert repr(std_msgs.Header()) == (
        "std_msgs.msg.Header(stamp=builtin_interfaces.msg.Time(sec=0, nanosec=0), frame_id='')"
    )
    layout = 'layout=std_msgs.msg.MultiArrayLayout(dim=[], data_offset=0), data=[1, 2]'
    assert repr(std_msgs.Int16MultiArray(data=[1, 2])) == f'std_msgs.msg.Int16MultiArray({layout})'
    arrays = repr(test_msgs.Arrays(uint8_values=[1, 2, 3]))
    assert 'uint8_values=array([1, 2, 3], dtype=uint8)' in arrays


def test_messages_are_equal_by_class_and_fields():
    assert std_msgs.String(data='a') == std_msgs.String(data='a')
    assert std_msgs.String(data='a') != std_msgs.String(data='b')
    assert std_msgs.Int8() != std_msgs.Int16()
    assert std_msgs.String() != ''
    one = geometry_msgs.PoseWithCovariance()
    other = geometry_msgs.PoseWithCovariance()
    assert one == other
    other.covariance[7] = 0.5
    assert one != other


def test_messages_can_not_be_dictionary_keys():
    with pytest.raises(TypeError):
        hash(std_msgs.String())


def test_a_deep_copy_shares_nothing():
    message = nav_msgs.Odometry(child_frame_id='base_link')
    message.pose.covariance[3] = 1.5
    twin = copy.deepcopy(message)
    assert twin == message
    twin.pose.covariance[3] = 2.5
    twin.header.frame_id = 'other'
    assert message.pose.covariance[3] == 1.5
    assert message.header.frame_id == ''


def test_a_message_class_knows_its_interface_name():
    assert interface_name(std_msgs.String) == 'std_msgs/msg/String'
    with pytest.raises(TypeError, match='is no message, service or action class'):
        interface_name(int)

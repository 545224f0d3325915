# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""Interface text is read as rosidl_adapter reads it, and errors say where the text is wrong."""

import pytest

from embedded_ros.interfaces.catalog import interface_names
from embedded_ros.interfaces.catalog import read_interface
from embedded_ros.interfaces.packages import package_folders
from embedded_ros.interfaces.parser import InterfaceTextError
from embedded_ros.interfaces.parser import parse_action
from embedded_ros.interfaces.parser import parse_message
from embedded_ros.interfaces.parser import parse_service


def read(text):
    return parse_message('some_pkg', 'Some', text, 'Some.msg')


def field_types(text):
    return {field.name: str(field.type) for field in read(text).fields}


def only_default(text):
    (field,) = read(text).fields
    return field.default


def only_constant(text):
    (constant,) = read(text).constants
    return constant.value


@pytest.mark.parametrize(
    ('written', 'meant'),
    [
        ('bool', 'boolean'),
        ('byte', 'octet'),
        ('char', 'uint8'),
        ('float32', 'float'),
        ('float64', 'double'),
        ('int16', 'int16'),
        ('wstring', 'wstring'),
        ('string<=10', 'string<10>'),
        ('int16[]', 'sequence<int16>'),
        ('int16[3]', 'int16[3]'),
        ('int16[<=3]', 'sequence<int16, 3>'),
        ('string<=10[]', 'sequence<string<10>>'),
        ('string<=10[<=5]', 'sequence<string<10>, 5>'),
        ('wstring<=7[2]', 'wstring<7>[2]'),
        ('Header', 'some_pkg/Header'),
        ('std_msgs/Header', 'std_msgs/Header'),
        ('geometry_msgs/Point[<=4]', 'sequence<geometry_msgs/Point, 4>'),
    ],
)
def test_a_type_is_understood(written, meant):
    assert field_types(f'{written} x') == {'x': meant}


def test_fields_keep_their_order_and_comments_and_tabs_are_skipped():
    text = '# a file\n\n  int32\tsecond  # not first\nint32 first\r\n   # the end\n'
    assert list(field_types(text)) == ['second', 'first']


@pytest.mark.parametrize(
    ('text', 'value'),
    [
        ('bool x true', True),
        ('bool x 0', False),
        ('byte x 50', b'2'),
        ('char x 100', 100),
        ('int8 x -128', -128),
        ('uint32 x 0xff', 255),
        ('float32 x 1e-3', 0.001),
        ('float64 x -.5', -0.5),
        ('string x plain words', 'plain words'),
        ('string x "  kept "', '  kept '),
        ('string x \'say "hi"\'', 'say "hi"'),
        (r"string x 'it\'s'", "it's"),
        ('string x "a=b"', 'a=b'),
        ('string x ""', ''),
        ('string<=5 x "12345"', '12345'),
        ('wstring x "ハロー"', 'ハロー'),
        ('int32[] x []', []),
        ('int32[2] x [1, 2]', [1, 2]),
        ('byte[<=3] x [0, 255]', [b'\x00', b'\xff']),
        ('bool[] x [true, false]', [True, False]),
        ('string[] x ["a, b", \'c\', d e]', ['a, b', 'c', 'd e']),
        ('string[] x ["", "say \\"hi\\""]', ['', 'say "hi"']),
        ('int32 x', None),
    ],
)
def test_a_default_value_is_understood(text, value):
    assert only_default(text) == value


@pytest.mark.parametrize(
    ('text', 'value'),
    [
        ('int32 X=-5', -5),
        ('uint8 DEBUG = 10  # a level', 10),
        ('bool B=true', True),
        ('byte OK=0', b'\x00'),
        ('float32 F=1.125', 1.125),
        ('string S="quoted"', 'quoted'),
        ('string S=without quotes', 'without quotes'),
        ('string S=a=b', 'a=b'),
        ('string S=cut # here', 'cut'),
    ],
)
def test_a_constant_is_understood(text, value):
    assert only_constant(text) == value


@pytest.mark.parametrize(
    ('line', 'reason'),
    [
        ('int32', "expected 'type name'"),
        ('int32 Name', "'Name' is not a field name"),
        ('int32 a__b', "'a__b' is not a field name"),
        ('int32 a_', "'a_' is not a field name"),
        ('int33 a', "'int33' is neither a primitive type nor a message name"),
        ('Pkg/Type a', "'Pkg' is not a package name"),
        ('a/b/C a', 'is not a type'),
        ('int32[0] a', 'must be an integer above 0'),
        ('int32[<=] a', 'must be an integer above 0'),
        ('int32[x] a', 'must be an integer above 0'),
        ('int32[ a', 'is not a type'),
        ('int32<=3 a', 'only string and wstring can have a bound'),
        ('string<=0 a', 'must be an integer above 0'),
        ('int8 a 128', 'int8 must be an integer in [-128, 127]'),
        ('uint8 a -1', 'uint8 must be an integer in [0, 255]'),
        ('byte a 256', 'byte must be an integer in [0, 255]'),
        ('int32 a 1.5', "got '1.5'"),
        ('bool a yes', "a bool must be 'true'"),
        ('float32 a 1,5', "with '.' as the separator"),
        ('string<=2 a "abc"', 'is longer than the 2 characters'),
        ('string a "x" y"', 'are not escaped'),
        ('int32[2] a [1]', 'needs exactly 2 values, got 1'),
        ('int32[<=2] a [1, 2, 3]', 'holds at most 2 values, got 3'),
        ('int32[] a 1', "must start with '['"),
        ('string[] a ["x]', 'wrong quotes or commas'),
        ('std_msgs/Header a 1', 'can not have a default'),
        ('int32 lower=1', "'lower' is not a constant name"),
        ('std_msgs/Header H=1', 'the type of a constant must be a primitive'),
        ('string<=3 S="a"', 'the type of a constant must be a primitive'),
        ('int32[] X=1', 'the type of a constant must be a primitive'),
    ],
)
def test_a_wrong_line_is_named_with_its_place(line, reason):
    with pytest.raises(InterfaceTextError) as caught:
        read(f'int32 good\n\n{line}\n')
    assert str(caught.value).startswith('Some.msg:3: ')
    assert reason in str(caught.value)


def test_a_name_can_not_be_defined_twice():
    with pytest.raises(InterfaceTextError, match=r"Some.msg:2: 'a' is defined twice"):
        read('int32 a\nint8 a')
    with pytest.raises(InterfaceTextError, match=r"Some.msg:2: 'A' is defined twice"):
        read('int32 A=1\nint32 A=2')


def test_a_service_has_a_request_and_a_response():
    service = parse_service('some_pkg', 'Ask', 'int32 X=1\nint32 a\n---\nbool b\n', 'Ask.srv')
    assert service.request.full_name == 'some_pkg/srv/Ask_Request'
    assert [field.name for field in service.request.fields] == ['a']
    assert [constant.name for constant in service.request.constants] == ['X']
    assert [field.name for field in service.response.fields] == ['b']


def test_an_error_after_a_separator_counts_lines_from_the_top_of_the_file():
    with pytest.raises(InterfaceTextError, match=r'^Ask.srv:4: '):
        parse_service('some_pkg', 'Ask', 'int32 a\n---\nbool b\nbool B\n', 'Ask.srv')


def test_an_action_has_goal_result_and_feedback():
    action = parse_action('some_pkg', 'Do', 'int32 a\n---\n---\nbool b\n', 'Do.action')
    assert [field.name for field in action.goal.fields] == ['a']
    assert action.result.fields == ()
    assert action.feedback.full_name == 'some_pkg/action/Do_Feedback'


@pytest.mark.parametrize(('parse', 'text'), [(parse_service, ''), (parse_action, 'int32 a\n---')])
def test_missing_separators_are_told(parse, text):
    with pytest.raises(InterfaceTextError, match="line\\(s\\) '---' between"):
        parse('some_pkg', 'Some', text, 'Some')


def test_all_text_of_the_catalogue_is_readable():
    for package in package_folders():
        for kind in ('msg', 'srv', 'action'):
            for name in interface_names(package, kind):
                assert read_interface(package, kind, name).name == name


def test_an_unknown_interface_is_told_with_what_there_is():
    with pytest.raises(LookupError, match=r"no interface package 'nonesuch' .*std_msgs"):
        read_interface('nonesuch', 'msg', 'String')
    with pytest.raises(LookupError, match='std_msgs/msg/Nonesuch'):
        read_interface('std_msgs', 'msg', 'Nonesuch')

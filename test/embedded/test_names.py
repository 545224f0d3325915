# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""Names of topics, services, nodes and namespaces: which are good, and what they resolve to."""

import pytest
import rclpy
from rclpy.exceptions import InvalidNamespaceException
from rclpy.exceptions import InvalidNodeNameException
from rclpy.exceptions import InvalidServiceNameException
from rclpy.exceptions import InvalidTopicNameException
from rclpy.expand_topic_name import expand_topic_name
from rclpy.validate_full_topic_name import validate_full_topic_name
from rclpy.validate_namespace import validate_namespace
from rclpy.validate_node_name import validate_node_name
from rclpy.validate_topic_name import validate_topic_name


@pytest.fixture
def context():
    context = rclpy.Context()
    rclpy.init(context=context)
    yield context
    context.try_shutdown()


def pointed_at(error):
    """Return the index that the caret in rclpy's message points at."""
    quoted, caret = str(error).splitlines()[-2:]
    return caret.index('^') - quoted.index("'") - 1


@pytest.mark.parametrize(
    'name',
    [
        'foo',
        'abc123',
        '_foo',
        'Foo',
        '~',
        '~/foo',
        'foo/bar',
        '{foo}_bar',
        'foo/{ping}/bar',
        'foo_/bar',
        '/foo',
        '/_private/thing',
        '{foo1}',
        '{_bar}',
    ],
)
def test_a_good_topic_name_passes(name):
    assert validate_topic_name(name)


@pytest.mark.parametrize(
    ('name', 'index', 'reason'),
    [
        ('', 0, 'must not be empty'),
        ('123abc', 0, 'must not start with a number'),
        (' ', 0, 'characters other than'),
        ('foo bar', 3, 'characters other than'),
        ('foo/', 3, 'must not end with a forward slash'),
        ('/~', 1, "must not have tilde '~' unless"),
        ('foo~/bar', 3, "must not have tilde '~' unless"),
        ('~foo', 1, 'not followed by a forward slash'),
        ('foo/123bar', 4, 'must not start with a number'),
        ('foo/bar}/baz', 7, 'unmatched'),
        ('foo/{bar', 4, 'unmatched'),
        ('{$}', 1, 'substitution name must not contain'),
        ('{{bar}_baz}', 1, 'substitution name must not contain'),
        ('foo/{bar/baz}', 8, 'substitution name must not contain'),
        ('{1foo}', 1, 'substitution name must not start with a number'),
    ],
)
def test_a_bad_topic_name_is_refused_where_it_goes_wrong(name, index, reason):
    with pytest.raises(InvalidTopicNameException, match=reason) as caught:
        validate_topic_name(name)
    assert pointed_at(caught.value) == index


@pytest.mark.parametrize(
    ('name', 'index', 'reason'),
    [
        ('', 0, 'must not be empty'),
        ('foo', 0, 'must be absolute'),
        ('/', 0, "must not end with a '/'"),
        ('/foo/', 4, "must not end with a '/'"),
        ('/foo{bar}', 4, 'characters other than'),
        ('/foo//bar', 5, 'repeated'),
        ('/foo/1bar', 5, 'starts with a number'),
        ('/' + 'a' * 247, 246, 'should not exceed'),
    ],
)
def test_a_bad_full_topic_name_is_refused_where_it_goes_wrong(name, index, reason):
    with pytest.raises(InvalidTopicNameException, match=reason) as caught:
        validate_full_topic_name(name)
    assert pointed_at(caught.value) == index


def test_a_bad_service_name_has_an_exception_of_its_own():
    with pytest.raises(InvalidServiceNameException, match='characters other than'):
        validate_full_topic_name('/foo?', is_service=True)


def test_the_root_is_a_namespace_though_it_ends_with_a_slash():
    assert validate_namespace('/')
    with pytest.raises(InvalidNamespaceException, match="unless only a '/'"):
        validate_namespace('/foo/')


@pytest.mark.parametrize(
    ('name', 'index', 'reason'),
    [
        ('', 0, 'must not be empty'),
        ('foo/bar', 3, 'characters other than'),
        ('1foo', 0, 'must not start with a number'),
        ('a' * 256, 254, 'should not exceed'),
    ],
)
def test_a_bad_node_name_is_refused_where_it_goes_wrong(name, index, reason):
    with pytest.raises(InvalidNodeNameException, match=reason) as caught:
        validate_node_name(name)
    assert pointed_at(caught.value) == index


@pytest.mark.parametrize(
    ('name', 'namespace', 'expected'),
    [
        ('chatter', '/ns', '/ns/chatter'),
        ('chatter', '/', '/chatter'),
        ('/chatter', '/ns', '/chatter'),
        ('~', '/ns', '/ns/robot'),
        ('~/chatter', '/', '/robot/chatter'),
        ('{node}/chatter', '/ns', '/ns/robot/chatter'),
        ('/x{ns}/{node}', '/ns', '/x/ns/robot'),
        ('{namespace}/a', '/ns', '/ns/a'),
    ],
)
def test_a_name_is_expanded_by_its_node(name, namespace, expected):
    assert expand_topic_name(name, 'robot', namespace) == expected


def test_an_unknown_substitution_is_refused():
    with pytest.raises(ValueError, match='unknown substitution'):
        expand_topic_name('{robot}/chatter', 'robot', '/')


@pytest.mark.parametrize(
    ('rule', 'topic', 'service'),
    [
        ('speech:=voice', '/ns/voice', '/ns/voice'),
        ('/ns/speech:=/voice', '/voice', '/voice'),
        ('rostopic://speech:=voice', '/ns/voice', '/ns/speech'),
        ('rosservice://speech:=voice', '/ns/speech', '/ns/voice'),
        ('robot:speech:=voice', '/ns/voice', '/ns/voice'),
        ('kiosk:speech:=voice', '/ns/speech', '/ns/speech'),
        ('speech:=~/voice', '/ns/robot/voice', '/ns/robot/voice'),
        ('/speech:=voice', '/ns/speech', '/ns/speech'),
    ],
)
def test_a_remap_rule_renames_what_it_matches(context, rule, topic, service):
    node = rclpy.create_node(
        'robot', namespace='ns', context=context, cli_args=['--ros-args', '-r', rule]
    )
    assert node.resolve_topic_name('speech') == topic
    assert node.resolve_service_name('speech') == service
    node.destroy_node()


def test_the_first_rule_that_matches_wins_and_only_once(context):
    node = rclpy.create_node(
        'robot', context=context, cli_args=['--ros-args', '-r', 'a:=b', '-r', 'a:=c', '-r', 'b:=d']
    )
    assert node.resolve_topic_name('a') == '/b'
    node.destroy_node()


def test_a_private_name_can_be_remapped(context):
    node = rclpy.create_node(
        'robot', context=context, cli_args=['--ros-args', '-r', '~/say:=/say']
    )
    assert node.resolve_service_name('~/say') == '/say'
    node.destroy_node()


def test_a_bad_name_keeps_a_publisher_from_being_made(context):
    from std_msgs.msg import String

    node = rclpy.create_node('robot', context=context)
    with pytest.raises(InvalidTopicNameException):
        node.create_publisher(String, 'not/a name', 1)
    node.destroy_node()

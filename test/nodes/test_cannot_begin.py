# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""A process started with what is no good says so in one line, and ends with status 2."""

import sys

import pytest

from personaplex_ros.command_line import EXIT_CANNOT_BEGIN
from personaplex_ros.nodes import audio_node
from personaplex_ros.nodes import conversation_node
from personaplex_ros.nodes import demo_visitor
from personaplex_ros.nodes import recorder
from personaplex_ros.nodes import standalone
from personaplex_ros.nodes import wav_source

pytestmark = [pytest.mark.graph, pytest.mark.fault]


@pytest.fixture
def refused(monkeypatch, capfd):
    """Give a function that starts a node's program in vain and returns what it says."""

    def start(module, *arguments: str) -> str:
        name = module.__name__.rpartition('.')[2]
        monkeypatch.setattr(sys, 'argv', [f'/somewhere/{name}', '--ros-args', *arguments])
        with pytest.raises(SystemExit) as ended:
            module.main()
        assert ended.value.code == EXIT_CANNOT_BEGIN
        return only_line(capfd, name)

    return start


def only_line(capfd, program: str) -> str:
    """Return the only line that the program itself printed; ROS may log beside it."""
    out, err = capfd.readouterr()
    assert out == ''
    assert 'Traceback' not in err
    (line,) = (line for line in err.splitlines() if line.startswith(f'{program}: '))
    return line.removeprefix(f'{program}: ')


@pytest.mark.parametrize(
    ('given', 'why'),
    [
        ('chunk_ms:=1000', 'chunk_ms is 1000; expected 5 to 80'),
        ('chunk_ms:=-1', 'chunk_ms is -1; expected 5 to 80'),
        ('chunk_ms:=20.0', 'chunk_ms is 20.0; expected a whole number'),
        ('chunk_ms:=true', 'chunk_ms is True; expected a whole number'),
        ('connect_timeout_s:=0.1', 'connect_timeout_s is 0.1; expected 0.5 to 600.0'),
        (
            'down_after_s:=10',
            'down_after_s is 10; expected a number with a decimal point, such as 10.0',
        ),
        ('engine_url:=3', 'engine_url is 3; expected text'),
        ('chunk_ms:=7', 'chunk_ms is 7; expected a divisor of 80'),
        ('backend:=foo', "backend is 'foo'; expected personaplex or nvidia"),
        ('backoff_max_s:=.nan', 'backoff_max_s is nan; expected a finite number'),
        (
            'user_words:="user_words, my words"',
            "user_words has 'my words'; expected names of topics by commas, * for any part of one",
        ),
    ],
)
def test_a_bad_parameter_is_named_with_its_node_and_what_is_expected(refused, given, why):
    line = refused(conversation_node, '-p', given)
    assert line == f'node /conversation: parameter {why}'


@pytest.mark.parametrize(
    ('given', 'why'),
    [
        ('echo:=foo', "echo is 'foo'; expected one of webrtc, hardware"),
        ('device:=gramophone', "device is 'gramophone'; expected one of sound_card"),
        ('part:=ear', "part is 'ear'; expected one of both, microphone, loudspeaker"),
        ('chunk_ms:=15', 'chunk_ms is 15; expected a multiple of 10'),
        ('rate_hz:=100', 'rate_hz is 100; expected 0, or at least 8000'),
    ],
)
def test_a_rule_of_the_audio_node_is_told_too(refused, given, why):
    assert refused(audio_node, '-p', given).startswith(f'node /audio: parameter {why}')


def test_a_message_type_that_nothing_can_be_mirrored_as_is_told(refused):
    line = refused(conversation_node, '-p', 'mirror:=std_msgs/msg/String')
    assert "mirror is 'std_msgs/msg/String'; expected some of foxglove_msgs/msg/RawAudio" in line


def test_the_node_is_named_as_it_was_renamed(refused):
    line = refused(conversation_node, '-r', '__ns:=/lobby', '-r', '__node:=talk', '-p',
                   'chunk_ms:=1000')  # fmt: skip
    assert line.startswith('node /lobby/talk: parameter chunk_ms is 1000')


def test_a_rule_of_a_node_without_configure_is_told_too(refused):
    line = refused(demo_visitor, '-p', 'interrupt_at_s:=.nan')
    assert line == 'node /demo_visitor: parameter interrupt_at_s is nan; expected a finite number'


@pytest.mark.parametrize(
    ('arguments', 'why'),
    [
        (['-p', 'qos_overrides./audio/in.subscription.depth:=deep'], 'deep'),
        (['-p', 'qos_overrides./audio/in.subscription.reliability:=maybe'], 'maybe'),
        (['-p', 'chunk_ms=20'], 'chunk_ms=20'),
        (['--params-file', '/nowhere.yaml'], '/nowhere.yaml'),
    ],
)
def test_what_rclpy_itself_refuses_is_one_line_too(refused, arguments, why):
    assert why in refused(conversation_node, *arguments)


def test_a_file_that_cannot_be_played_is_named(refused):
    assert '/nowhere.wav' in refused(wav_source, '-p', 'path:=/nowhere.wav')
    assert '~no-one/a.wav: no such' in refused(wav_source, '-p', 'path:=~no-one/a.wav')


def test_a_folder_that_cannot_be_made_is_named(refused, tmp_path):
    (tmp_path / 'file').touch()
    folder = tmp_path / 'file' / 'out'
    assert str(tmp_path / 'file') in refused(recorder, '-p', f'directory:={folder}')


def test_standalone_names_the_bad_parameter_of_any_of_its_nodes(capfd):
    arguments = ['--engine-url', 'ws://127.0.0.1:9', '--demo-robot']
    given = ['--ros-args', '-p', 'demo_robot:speed_mps:=2']
    assert standalone.main([*arguments, *given]) == EXIT_CANNOT_BEGIN
    assert only_line(capfd, 'standalone') == (
        'node /demo_robot: parameter speed_mps is 2; '
        'expected a number with a decimal point, such as 2.0'
    )


def test_a_sound_file_beside_a_sound_card_is_refused(capfd):
    arguments = ['--engine-url', 'ws://127.0.0.1:9', '--audio', 'sound_card', '--wav', 'a.wav']
    assert standalone.main(arguments) == EXIT_CANNOT_BEGIN
    line = only_line(capfd, 'standalone')
    assert 'audio is sound_card and wav is a.wav: expected one microphone' in line

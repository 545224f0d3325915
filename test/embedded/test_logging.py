# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""Logging: levels and their hierarchy, the console's format, /rosout, what arguments change."""

import inspect
from pathlib import Path
import re
import time

import pytest
from rcl_interfaces.msg import Log
import rclpy
from rclpy.executors import SingleThreadedExecutor
import rclpy.logging
from rclpy.logging import get_logger
from rclpy.logging import LoggingSeverity
from rclpy.qos import QoSDurabilityPolicy
from rclpy.qos import QoSProfile

PATIENCE_S = 20.0
LATCHED = QoSProfile(depth=100, durability=QoSDurabilityPolicy.TRANSIENT_LOCAL)


@pytest.fixture(autouse=True)
def set_environment(monkeypatch):
    """Return a function that sets RCUTILS_ variables; levels are forgotten after each test."""

    def set_environment(**variables):
        for name, value in variables.items():
            monkeypatch.setenv(f'RCUTILS_{name}', value)
        rclpy.logging.clear_config()

    for name in ('CONSOLE_OUTPUT_FORMAT', 'LOGGING_USE_STDOUT', 'COLORIZED_OUTPUT'):
        monkeypatch.delenv(f'RCUTILS_{name}', raising=False)
    set_environment()
    yield set_environment
    monkeypatch.undo()
    rclpy.logging.clear_config()


class World:
    """A process with a command line, and its nodes."""

    def __init__(self, *args):
        self.context = rclpy.Context()
        rclpy.init(args=['--ros-args', *args], context=self.context)
        self.executor = SingleThreadedExecutor(context=self.context)
        self.heard = []

    def node(self, name, **options):
        node = rclpy.create_node(name, namespace='ns', context=self.context, **options)
        self.executor.add_node(node)
        return node

    def listen(self, logger_name):
        """Collect what /rosout carries of one logger."""

        def note(message):
            if message.name == logger_name:
                self.heard.append(message)

        self.node('listener').create_subscription(Log, '/rosout', note, LATCHED)

    def until(self, condition):
        deadline = time.monotonic() + PATIENCE_S
        while not condition():
            assert time.monotonic() < deadline, 'the awaited condition did not come true'
            self.executor.spin_once(timeout_sec=0.05)

    def texts(self):
        return [message.msg for message in self.heard]

    def close(self):
        for node in list(self.executor.get_nodes()):
            node.destroy_node()
        self.executor.shutdown()
        self.context.try_shutdown()


@pytest.fixture
def start():
    """Return a function that starts a process with logging arguments."""
    worlds = []

    def start(*args):
        worlds.append(World(*args))
        return worlds[-1]

    yield start
    for world in worlds:
        world.close()


def test_a_message_goes_to_stderr_with_severity_time_and_name(capfd):
    before_s = time.time()
    get_logger('robot.ear').warning('hello')
    captured = capfd.readouterr()
    assert captured.out == ''
    match = re.fullmatch(r'\[WARN\] \[(\d{10}\.\d{9})\] \[robot\.ear\]: hello\n', captured.err)
    assert match, captured.err
    assert before_s - 1 <= float(match.group(1)) <= time.time() + 1


def test_the_format_may_use_every_token(set_environment, capfd):
    set_environment(
        CONSOLE_OUTPUT_FORMAT=(
            '{name}|{severity}|{message}|{function_name}|{line_number}|{file_name}|{other}|{time'
        )
    )
    line = inspect.currentframe().f_lineno + 1
    get_logger('robot').error('a {name} stays')
    assert capfd.readouterr().err == (
        'robot|ERROR|a {name} stays|test_the_format_may_use_every_token|'
        f'{line}|{Path(__file__).absolute()}|{{other}}|{{time\n'
    )


def test_the_format_may_ask_for_nanoseconds(set_environment, capfd):
    set_environment(CONSOLE_OUTPUT_FORMAT='{time_as_nanoseconds}')
    get_logger('robot').info('')
    assert re.fullmatch(r'\d{19}\n', capfd.readouterr().err)


def test_the_console_may_be_stdout(set_environment, capfd):
    set_environment(LOGGING_USE_STDOUT='1', CONSOLE_OUTPUT_FORMAT='{message}')
    get_logger('robot').info('hello')
    captured = capfd.readouterr()
    assert captured.err == ''
    assert captured.out in ('hello\n', '')  # C's stdout may still hold it in its buffer


@pytest.mark.parametrize(
    ('severity', 'color'),
    [('debug', '32'), ('info', '0'), ('warning', '33'), ('error', '31'), ('fatal', '31')],
)
def test_colours_can_be_forced(severity, color, set_environment, capfd):
    set_environment(COLORIZED_OUTPUT='1', CONSOLE_OUTPUT_FORMAT='{message}')
    logger = get_logger('robot')
    logger.set_level(LoggingSeverity.DEBUG)
    getattr(logger, severity)('hello')
    assert capfd.readouterr().err == f'\033[{color}mhello\033[0m\n'


def test_a_variable_without_meaning_is_refused(set_environment):
    with pytest.raises(RuntimeError, match='initialize logging'):
        set_environment(COLORIZED_OUTPUT='blue')


def test_a_message_must_be_text():
    with pytest.raises(TypeError):
        get_logger('robot').info(5)


def test_a_message_below_the_level_is_dropped(capfd):
    logger = get_logger('robot')
    logger.set_level(LoggingSeverity.ERROR)
    assert not logger.warning('no')
    assert logger.error('yes')
    assert not logger.is_enabled_for(LoggingSeverity.WARN)
    assert capfd.readouterr().err.count('\n') == 1


def test_a_logger_follows_its_nearest_ancestor_that_has_a_level():
    robot = get_logger('robot')
    drum = robot.get_child('ear').get_child('drum')
    assert drum.get_effective_level() == LoggingSeverity.INFO
    robot.set_level(LoggingSeverity.FATAL)
    assert drum.get_effective_level() == LoggingSeverity.FATAL
    get_logger('robot.ear').set_level(LoggingSeverity.DEBUG)
    assert drum.get_effective_level() == LoggingSeverity.DEBUG
    get_logger('robot.ear').set_level(LoggingSeverity.UNSET)
    assert drum.get_effective_level() == LoggingSeverity.FATAL
    assert get_logger('robots').get_effective_level() == LoggingSeverity.INFO


def test_clearing_forgets_the_levels():
    get_logger('robot').set_level(LoggingSeverity.FATAL)
    rclpy.logging.clear_config()
    assert get_logger('robot').get_effective_level() == LoggingSeverity.INFO


def test_a_level_set_before_the_first_message_stays(capfd):
    rclpy.logging.shutdown()
    logger = get_logger('robot')
    logger.set_level(LoggingSeverity.DEBUG)
    logger.debug('first')
    logger.debug('second')
    assert capfd.readouterr().err.count('[DEBUG]') == 2


def test_once_and_skip_first_filter_by_the_place_of_the_call():
    logger = get_logger('robot')
    assert [logger.info('once', once=True) for _ in range(3)] == [True, False, False]
    assert [logger.info('later', skip_first=True) for _ in range(3)] == [False, True, True]


def test_a_severity_has_a_name():
    assert rclpy.logging.get_logging_severity_from_string('wArN') == LoggingSeverity.WARN
    with pytest.raises(RuntimeError):
        rclpy.logging.get_logging_severity_from_string('loud')


@pytest.mark.parametrize(
    ('variables', 'expected'),
    [
        ({'ROS_LOG_DIR': '/logs'}, '/logs'),
        ({'ROS_HOME': '/ros'}, '/ros/log'),
        ({'HOME': '/home/robot'}, '/home/robot/.ros/log'),
        ({'HOME': '/home/robot', 'ROS_LOG_DIR': '~/logs'}, '/home/robot/logs'),
    ],
)
def test_the_logging_directory_follows_the_environment(variables, expected, monkeypatch):
    for name in ('ROS_LOG_DIR', 'ROS_HOME'):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert rclpy.logging.get_logging_directory() == Path(expected)


def test_arguments_set_levels(start):
    start('--log-level', 'error', '--log-level', 'robot.ear:=debug')
    assert get_logger('anything').get_effective_level() == LoggingSeverity.ERROR
    assert get_logger('robot.ear').get_effective_level() == LoggingSeverity.DEBUG


def test_arguments_silence_the_console_but_not_rosout(start, capfd):
    world = start('--disable-stdout-logs')
    world.listen('ns.robot')
    capfd.readouterr()
    world.node('robot').get_logger().info('hello')
    world.until(lambda: world.texts() == ['hello'])
    assert 'hello' not in capfd.readouterr().err


def test_rosout_tells_what_was_logged_where_and_when(start):
    world = start()
    world.listen('ns.robot')
    logger = world.node('robot').get_logger()
    line = inspect.currentframe().f_lineno + 1
    logger.error('hello')
    world.until(lambda: world.heard)
    message = world.heard[0]
    assert message.msg == 'hello'
    assert message.level == LoggingSeverity.ERROR
    assert message.line == line
    assert message.function == 'test_rosout_tells_what_was_logged_where_and_when'
    assert Path(message.file).name == Path(__file__).name
    assert abs(message.stamp.sec - time.time()) < 60


def test_rosout_serves_a_late_joiner(start):
    world = start()
    world.node('robot').get_logger().info('early')
    world.listen('ns.robot')
    world.until(lambda: world.texts() == ['early'])


def test_rosout_carries_a_nodes_own_logger_alone(start):
    world = start()
    world.listen('ns.robot')
    logger = world.node('robot').get_logger()
    logger.get_child('ear').info('of a child')
    logger.debug('below the level')
    logger.info('of the node')
    world.until(lambda: world.heard)
    assert world.texts() == ['of the node']


@pytest.mark.parametrize(
    ('args', 'options'), [(['--disable-rosout-logs'], {}), ([], {'enable_rosout': False})]
)
def test_rosout_can_be_turned_off(args, options, start):
    world = start(*args)
    topics = dict(
        world.node('robot', **options).get_publisher_names_and_types_by_node('robot', '/ns')
    )
    assert '/rosout' not in topics
    assert '/parameter_events' in topics


def test_a_destroyed_node_takes_its_rosout_publisher_along(start):
    world = start()
    watcher = world.node('watcher', enable_rosout=False)
    robot = world.node('robot')
    world.until(lambda: watcher.count_publishers('/rosout') == 1)
    world.executor.remove_node(robot)
    robot.destroy_node()
    world.until(lambda: watcher.count_publishers('/rosout') == 0)


def test_two_nodes_of_one_name_are_warned_of(start, capfd):
    world = start()
    first, second = world.node('twin'), world.node('twin')
    assert 'Publisher already registered' in capfd.readouterr().err
    assert first.get_logger().name == second.get_logger().name

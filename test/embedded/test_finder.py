# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""The import hook of the embedded graph: when it serves, and when it keeps out of the way.

These tests are about the embedded graph itself and say nothing about a real ROS 2.
"""

import os
from pathlib import Path
import subprocess
import sys
import textwrap

import pytest

EMBEDDED = Path(__file__).parents[2] / 'embedded'


def run(program, *paths, **environment):
    """Run a program with the hook installed; return (stdout, stderr) and fail where it fails."""
    search = os.pathsep.join(map(str, (*paths, EMBEDDED)))
    done = subprocess.run(
        [
            sys.executable,
            '-c',
            'import embedded_ros; embedded_ros.install()\n' + textwrap.dedent(program),
        ],
        env={**os.environ, 'PYTHONPATH': search, **environment},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout, done.stderr


@pytest.fixture
def real_ros(tmp_path):
    """Return a folder with packages that look like those of a ROS 2 installation."""
    for package, text in {'rclpy': "WHO = 'the real one'", 'std_msgs': ''}.items():
        (tmp_path / package).mkdir()
        (tmp_path / package / '__init__.py').write_text(text)
    return tmp_path


def test_a_real_rclpy_is_left_alone(real_ros):
    out, _ = run(
        """
        import rclpy
        print(rclpy.WHO)
    """,
        real_ros,
    )
    assert out == 'the real one\n'


@pytest.mark.parametrize(
    'name',
    ['std_msgs.msg', 'rcl_interfaces', 'rpyutils', 'rclpy._rclpy_pybind11', 'ament_index_python'],
)
def test_beside_a_real_rclpy_nothing_is_served(real_ros, name):
    out, _ = run(
        f"""
        import importlib
        try:
            importlib.import_module('{name}')
        except ModuleNotFoundError:
            print('declined')
    """,
        real_ros,
    )
    assert out == 'declined\n'


def test_a_decision_holds_for_the_life_of_the_process(real_ros):
    out, _ = run(
        f"""
        import importlib, sys
        try:
            import std_srvs.srv
        except ModuleNotFoundError:
            pass
        sys.path.remove({str(real_ros)!r})
        importlib.invalidate_caches()
        try:
            import rclpy
        except ModuleNotFoundError:
            print('declined')
    """,
        real_ros,
    )
    assert out == 'declined\n'


def test_names_of_others_are_not_touched():
    out, _ = run("""
        for name in ('no_such_package', 'rclpy.no_such_module', 'std_msgs.no_such_kind'):
            try:
                __import__(name)
            except ModuleNotFoundError as error:
                print(error.name)
    """)
    assert out.split() == ['no_such_package', 'rclpy.no_such_module', 'std_msgs.no_such_kind']


def test_switching_it_on_loads_nothing_heavy():
    done = subprocess.run(
        [
            sys.executable,
            '-S',
            '-c',
            textwrap.dedent("""
            import sys
            before = set(sys.modules)
            import embedded_ros
            embedded_ros.install()
            embedded_ros.install()
            print(sorted(set(sys.modules) - before))
            print(sum(type(finder).__name__ == 'EmbeddedFinder' for finder in sys.meta_path))
        """),
        ],
        env={**os.environ, 'PYTHONPATH': str(EMBEDDED)},
        capture_output=True,
        text=True,
    )
    assert done.stdout == "['__future__', 'embedded_ros', 'embedded_ros.finder']\n1\n"


def test_interfaces_of_a_normal_package_are_served_beside_its_code(tmp_path):
    package = tmp_path / 'code' / 'my_robot'
    package.mkdir(parents=True)
    (package / '__init__.py').write_text('CODE = True')
    interfaces = tmp_path / 'interfaces'
    (interfaces / 'my_robot' / 'msg').mkdir(parents=True)
    (interfaces / 'my_robot' / 'msg' / 'Pose.msg').write_text('float64 x\n')
    out, _ = run(
        """
        import my_robot
        from my_robot.msg import Pose
        print(my_robot.CODE, Pose(x=1.5))
    """,
        package.parent,
        EMBEDDED_ROS_INTERFACE_PATH=str(interfaces),
    )
    assert out == 'True my_robot.msg.Pose(x=1.5)\n'


def test_without_the_layer_the_error_says_what_to_do(tmp_path):
    out, _ = run(
        """
        try:
            import rclpy
        except ImportError as error:
            print(error)
    """,
        EMBEDDED_ROS_RCLPY_LAYER=str(tmp_path),
    )
    assert 'make setup' in out and str(tmp_path) in out


def test_it_says_once_that_no_ros_was_found():
    program = """
        import rclpy
        for _ in range(2):
            rclpy.init()
            rclpy.shutdown()
    """
    _, err = run(program)
    assert err == 'no ROS 2 found: embedded graph (rclpy 3.3 Python layer, in-process)\n'


def test_it_calls_itself_by_its_name():
    out, _ = run("""
        from rclpy.utilities import get_available_rmw_implementations
        from rclpy.utilities import get_rmw_implementation_identifier
        print(get_rmw_implementation_identifier(), get_available_rmw_implementations())
    """)
    assert out == "embedded {'embedded'}\n"

# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""Interface packages import like those of an installed ROS 2, and cost only what is used."""

from concurrent.futures import ThreadPoolExecutor
import os
from pathlib import Path
import subprocess
import sys
import textwrap

import pytest

from embedded_ros.interfaces import known_package
from embedded_ros.interfaces import load_submodule
from embedded_ros.interfaces.modules import snake_case

SOURCE_TREE = Path(__file__).parents[2]


def run(script, **environment):
    """Run a script in a fresh interpreter with the embedded graph; returns what it printed."""
    script = 'import embedded_ros; embedded_ros.install()\n' + textwrap.dedent(script)
    paths = [str(SOURCE_TREE), str(SOURCE_TREE / 'embedded'), os.environ.get('PYTHONPATH', '')]
    result = subprocess.run(
        [sys.executable, '-c', script],
        env={**os.environ, 'PYTHONPATH': os.pathsep.join(paths), **environment},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert result.returncode == 0, result.stderr
    return result.stdout.strip()


@pytest.fixture
def own_package(tmp_path):
    """A folder with a package of one's own: makes interfaces from name -> text."""

    def write(**texts):
        for name, text in texts.items():
            folder = tmp_path / 'own_msgs' / 'msg'
            folder.mkdir(parents=True, exist_ok=True)
            (folder / f'{name}.msg').write_text(text)
        return {'EMBEDDED_ROS_INTERFACE_PATH': str(tmp_path)}

    return write


def test_messages_services_and_actions_import_by_their_usual_names():
    printed = run("""
        from std_msgs.msg import String
        import std_srvs.srv
        from test_msgs.action import Fibonacci
        print(String(data='a'), std_srvs.srv.SetBool.Request(), Fibonacci.Goal())
    """)
    assert printed == (
        "std_msgs.msg.String(data='a') std_srvs.srv.SetBool_Request(data=False) "
        'test_msgs.action.Fibonacci_Goal(order=0)'
    )


def test_the_interfaces_of_the_source_tree_are_served_beside_its_python_modules():
    printed = run(
        """
        import personaplex_ros
        from personaplex_ros.action import Say
        from personaplex_ros.msg import AudioChunk
        from personaplex_ros.srv import SetPersona
        print(AudioChunk().samples.typecode, Say.__name__, SetPersona.__name__)
        """,
    )
    assert printed == 'h Say SetPersona'


def test_a_star_import_brings_every_message():
    assert (
        run("""
        from geometry_msgs.msg import *
        print(Pose.__name__, WrenchStamped.__name__)
    """)
        == 'Pose WrenchStamped'
    )


def test_leaf_modules_import_as_in_an_installed_ros():
    assert (
        run("""
        from std_msgs.msg._string import String, Metaclass_String
        from action_msgs.msg import _goal_status_array
        import std_msgs.msg
        print(
            std_msgs.msg.String is String, type(String) is Metaclass_String,
            _goal_status_array.GoalStatusArray.__name__)
    """)
        == 'True True GoalStatusArray'
    )


def test_a_message_survives_pickle_into_another_process():
    pickled = run("""
        import pickle
        from nav_msgs.msg import Odometry
        message = Odometry(child_frame_id='base_link')
        message.pose.covariance[3] = 1.5
        print(pickle.dumps(message).hex())
    """)
    assert (
        run(f"""
        import pickle
        message = pickle.loads(bytes.fromhex('{pickled}'))
        print(message.child_frame_id, message.pose.covariance[3], type(message).__module__)
    """)
        == 'base_link 1.5 nav_msgs.msg._odometry'
    )


def test_only_what_is_asked_for_is_made():
    assert (
        run("""
        import std_msgs.msg
        before = 'Header' in vars(std_msgs.msg)
        std_msgs.msg.Header()
        print(before, 'Header' in vars(std_msgs.msg), 'String' in vars(std_msgs.msg))
    """)
        == 'False True False'
    )


def test_a_module_lists_all_its_interfaces_before_they_are_made():
    assert {'Bool', 'Header', 'String'} <= set(dir(load_submodule('std_msgs', 'msg')))


def test_the_parts_of_a_service_are_found_by_their_long_names():
    services = load_submodule('std_srvs', 'srv')
    assert services.Trigger_Response is services.Trigger.Response


def test_a_name_that_is_not_there_is_told_as_python_does():
    with pytest.raises(AttributeError, match=r"module 'std_msgs\.msg' has no attribute 'Strin'"):
        load_submodule('std_msgs', 'msg').Strin  # noqa: B018


def test_a_kind_that_a_package_lacks_is_a_missing_module():
    with pytest.raises(ModuleNotFoundError, match="package 'std_msgs' has no 'srv' interfaces"):
        load_submodule('std_msgs', 'srv')


def test_known_packages_are_told_from_others():
    assert known_package('std_msgs')
    assert not known_package('numpy')
    assert not known_package('')


def test_to_ask_for_a_package_imports_nothing_heavy():
    assert (
        run("""
        import sys
        try:
            import nonesuch
        except ImportError:
            print([name for name in ('numpy', 'dataclasses') if name in sys.modules])
    """)
        == '[]'
    )


def test_threads_that_ask_at_once_get_one_class():
    module = load_submodule('sensor_msgs', 'msg')
    with ThreadPoolExecutor(8) as pool:
        classes = set(pool.map(lambda _: id(module.PointCloud2), range(64)))
    assert len(classes) == 1


def test_packages_of_ones_own_are_found_in_the_folders_of_the_path_variable(own_package):
    folders = own_package(Mine='Other other\nstd_msgs/Header header', Other='int32 plan 5')
    assert run('from own_msgs.msg import Mine; print(Mine().other)', **folders) == (
        'own_msgs.msg.Other(plan=5)'
    )


def test_wrong_text_is_told_on_import_with_file_and_line(own_package):
    folders = own_package(Bad='int32 a\nint33 b\n')
    assert 'Bad.msg:2: ' in run(
        """
        try:
            from own_msgs.msg import Bad
        except ValueError as error:
            print(error)
        """,
        **folders,
    )


def test_a_field_of_an_unknown_type_is_told_on_import(own_package):
    folders = own_package(Bad='nonesuch_msgs/Thing thing')
    assert 'own_msgs/msg/Bad needs nonesuch_msgs/msg/Thing' in run(
        """
        try:
            from own_msgs.msg import Bad
        except ImportError as error:
            print(error)
        """,
        **folders,
    )


def test_checks_are_gone_in_an_optimised_interpreter():
    assert (
        run(
            """
        from std_msgs.msg import String
        print(String(data='a', nonesuch=1), String(data=5).data)
        """,
            PYTHONOPTIMIZE='1',
        )
        == "std_msgs.msg.String(data='a') 5"
    )


@pytest.mark.parametrize(
    ('name', 'snake'),
    [
        ('String', 'string'),
        ('GoalStatusArray', 'goal_status_array'),
        ('UUID', 'uuid'),
        ('UInt8MultiArray', 'u_int8_multi_array'),
        ('PointCloud2', 'point_cloud2'),
        ('ColorRGBA', 'color_rgba'),
        ('NavSatFix', 'nav_sat_fix'),
    ],
)
def test_leaf_modules_are_named_as_rosidl_names_them(name, snake):
    assert snake_case(name) == snake

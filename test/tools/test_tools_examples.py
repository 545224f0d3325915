# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""Every tools file that is shipped fits its interfaces and does what it is meant for."""

from pathlib import Path
import sys
from types import ModuleType

import pytest
from robot_hands import entry
from robot_hands import HEAD
from robot_hands import Robot

from personaplex_ros.tools.cli import main
from personaplex_ros.tools.interfaces import UnknownType
from personaplex_ros.tools.loading import load_catalogue

CONFIG = Path(__file__).resolve().parents[2] / 'config'
FILES = sorted(CONFIG.glob('tools*.yaml'))

# What a caller fills in, as the packages define it; only what the files use. Looked up in
# ros-navigation/navigation2, moveit/moveit_msgs, ros-controls/control_msgs and ros/ros_tutorials.
FIELDS = {
    'nav2_msgs/action/NavigateToPose': {'pose': 'geometry_msgs/PoseStamped'},
    'nav2_msgs/action/BackUp': {
        'target': 'geometry_msgs/Point',
        'speed': 'float',
        'time_allowance': 'builtin_interfaces/Duration',
    },
    'geometry_msgs/msg/PoseStamped': {
        'header': 'std_msgs/Header',
        'pose': 'geometry_msgs/Pose',
    },
    'geometry_msgs/msg/Pose': {
        'position': 'geometry_msgs/Point',
        'orientation': 'geometry_msgs/Quaternion',
    },
    'geometry_msgs/msg/Point': dict.fromkeys('xyz', 'double'),
    'geometry_msgs/msg/Quaternion': dict.fromkeys('xyzw', 'double'),
    'std_msgs/msg/Header': {'frame_id': 'string'},
    'builtin_interfaces/msg/Duration': {'sec': 'int32', 'nanosec': 'uint32'},
    'moveit_msgs/action/MoveGroup': {
        'request': 'moveit_msgs/MotionPlanRequest',
        'planning_options': 'moveit_msgs/PlanningOptions',
    },
    'moveit_msgs/msg/MotionPlanRequest': {
        'start_state': 'moveit_msgs/RobotState',
        'goal_constraints': 'sequence<moveit_msgs/Constraints>',
        'group_name': 'string',
        'num_planning_attempts': 'int32',
        'allowed_planning_time': 'double',
        'max_velocity_scaling_factor': 'double',
        'max_acceleration_scaling_factor': 'double',
    },
    'moveit_msgs/msg/PlanningOptions': {'planning_scene_diff': 'moveit_msgs/PlanningScene'},
    'moveit_msgs/msg/PlanningScene': {
        'robot_state': 'moveit_msgs/RobotState',
        'is_diff': 'boolean',
    },
    'moveit_msgs/msg/RobotState': {'is_diff': 'boolean'},
    'moveit_msgs/msg/Constraints': {
        'joint_constraints': 'sequence<moveit_msgs/JointConstraint>',
    },
    'moveit_msgs/msg/JointConstraint': {
        'joint_name': 'string',
        **dict.fromkeys(('position', 'tolerance_above', 'tolerance_below', 'weight'), 'double'),
    },
    'control_msgs/action/GripperCommand': {'command': 'control_msgs/GripperCommand'},
    'control_msgs/msg/GripperCommand': {'position': 'double', 'max_effort': 'double'},
    'turtlesim/action/RotateAbsolute': {'theta': 'float'},
    'turtlesim/srv/TeleportAbsolute': dict.fromkeys(('x', 'y', 'theta'), 'float'),
    'turtlesim/srv/SetPen': dict.fromkeys(('r', 'g', 'b', 'width', 'off'), 'uint8'),
    'std_srvs/srv/Empty': {},
    'std_srvs/srv/Trigger': {},
    'std_srvs/srv/SetBool': {'data': 'boolean'},
    'std_msgs/msg/ColorRGBA': dict.fromkeys('rgba', 'float'),
    'std_msgs/msg/UInt8': {'data': 'uint8'},
    'personaplex_ros/action/GoTo': {'x': 'double', 'y': 'double'},
}


class KnownInterfaces:
    """The table above."""

    def fields(self, type_name: str) -> dict[str, str]:
        if type_name not in FIELDS:
            raise UnknownType(type_name)
        return FIELDS[type_name]


@pytest.mark.parametrize('path', FILES, ids=lambda path: path.stem)
def test_it_fits_the_interfaces_it_calls(path):
    assert load_catalogue(path, KnownInterfaces()).tools


@pytest.mark.parametrize('path', FILES, ids=lambda path: path.stem)
def test_check_passes_on_it_wherever_it_is_run(path, capsys):
    assert main(['check', str(path)]) == 0
    assert 'valid' in capsys.readouterr().out


def test_a_type_that_is_not_installed_is_told_and_with_types_is_a_mistake(tmp_path, capsys):
    text = (CONFIG / 'tools_nav2.yaml').read_text().replace('nav2_msgs', 'no_such_msgs')
    file = tmp_path / 'tools.yaml'
    file.write_text(text)
    assert main(['check', str(file)]) == 0
    assert 'not checked: no_such_msgs/action/BackUp' in capsys.readouterr().out
    assert main(['check', str(file), '--types']) != 0


@pytest.fixture
def lamp_msgs(monkeypatch):
    """Install a package with one message, lamp_msgs/msg/Lamp."""
    package, messages = ModuleType('lamp_msgs'), ModuleType('lamp_msgs.msg')
    package.__path__ = []
    messages.Lamp = type('Lamp', (), {'get_fields_and_field_types': dict})
    monkeypatch.setitem(sys.modules, 'lamp_msgs', package)
    monkeypatch.setitem(sys.modules, 'lamp_msgs.msg', messages)


@pytest.mark.parametrize(('kind', 'type_name'), [('topic', 'msg/Lammp'), ('service', 'srv/Lamp')])
def test_a_misspelt_type_of_a_package_that_is_there_is_a_mistake_with_its_line(
    kind, type_name, lamp_msgs, tmp_path, capsys
):
    file = tmp_path / 'tools.yaml'
    file.write_text(
        f'{HEAD}tools:\n' + entry(call='{kind: topic, name: l, type: lamp_msgs/msg/Lamp}')
    )
    assert main(['check', str(file)]) == 0
    text = file.read_text()
    file.write_text(text.replace('topic, ', f'{kind}, ').replace('msg/Lamp', type_name))
    assert main(['check', str(file)]) != 0
    line = 1 + text[: text.index('call:')].count('\n')
    told = capsys.readouterr().err
    assert told == f"{file}:{line}: wave: package 'lamp_msgs' has no {type_name} here\n"


@pytest.mark.parametrize(
    ('name', 'said', 'tool'),
    [
        ('tools', 'Please dim the lights to forty percent.', 'set_brightness'),
        ('tools_turtlesim', 'Turtle, turn left.', 'turn'),
        ('tools_turtlesim', 'Jump to the top left corner.', 'jump'),
        ('tools_turtlesim', 'Draw in red, please.', 'set_pen'),
        ('tools_nav2', 'Back up a little.', 'back_up'),
        ('tools_nav2', 'Could you make some room?', 'back_up'),
    ],
)
def test_it_does_what_it_is_meant_for(name, said, tool):
    robot = Robot(load_catalogue(CONFIG / f'{name}.yaml'))
    robot.user(said)
    assert robot.made == [tool]


@pytest.mark.parametrize(
    ('name', 'said', 'tool'),
    [
        ('tools', 'Go to the kitchen.', 'go_to'),
        ('tools_turtlesim', 'Clear the screen.', 'clear'),
        ('tools_nav2', 'Robot, drive over to the front desk.', 'go_to'),
        ('tools_moveit', 'Move the arm to the ready position.', 'move_arm'),
        ('tools_moveit', 'Open the gripper.', 'set_gripper'),
    ],
)
def test_what_could_do_harm_asks_first(name, said, tool):
    robot = Robot(load_catalogue(CONFIG / f'{name}.yaml'))
    robot.user(said)
    assert robot.made == [] and robot.said
    robot.user('Yes.')
    assert robot.made == [tool]

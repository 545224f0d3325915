# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""Service and action classes name their messages as rosidl's do, and rclpy finds type support."""

import pytest

from embedded_ros.interfaces import interface_name
from embedded_ros.interfaces import load_submodule

std_srvs = load_submodule('std_srvs', 'srv')
test_actions = load_submodule('test_msgs', 'action')
action_msgs = load_submodule('action_msgs', 'msg')
action_services = load_submodule('action_msgs', 'srv')

MESSAGE_SUPPORT = (
    '_TYPE_SUPPORT',
    '_CREATE_ROS_MESSAGE',
    '_CONVERT_FROM_PY',
    '_CONVERT_TO_PY',
    '_DESTROY_ROS_MESSAGE',
)


def test_a_service_has_request_and_response_messages():
    request = std_srvs.SetBool.Request(data=True)
    assert repr(request) == 'std_srvs.srv.SetBool_Request(data=True)'
    assert std_srvs.SetBool.Response.get_fields_and_field_types() == {
        'success': 'boolean',
        'message': 'string',
    }
    assert interface_name(std_srvs.SetBool) == 'std_srvs/srv/SetBool'
    assert interface_name(std_srvs.SetBool.Request) == 'std_srvs/srv/SetBool_Request'


def test_constants_of_a_response_are_on_the_response():
    response = action_services.CancelGoal.Response
    assert response.ERROR_UNKNOWN_GOAL_ID == 2
    assert not hasattr(action_services.CancelGoal.Request, 'ERROR_UNKNOWN_GOAL_ID')


def test_services_and_actions_have_no_instances():
    with pytest.raises(NotImplementedError, match='Service classes can not be instantiated'):
        std_srvs.Trigger()
    with pytest.raises(NotImplementedError, match='Action classes can not be instantiated'):
        test_actions.Fibonacci()


def test_an_action_has_goal_result_and_feedback_messages():
    fibonacci = test_actions.Fibonacci
    assert fibonacci.Goal(order=3).order == 3
    assert list(fibonacci.Result(sequence=[0, 1]).sequence) == [0, 1]
    assert repr(fibonacci.Feedback()) == 'test_msgs.action.Fibonacci_Feedback(sequence=[])'
    assert interface_name(fibonacci) == 'test_msgs/action/Fibonacci'


def test_an_action_has_the_hidden_services_and_messages():
    implementation = test_actions.Fibonacci.Impl
    assert implementation.SendGoalService.Request.get_fields_and_field_types() == {
        'goal_id': 'unique_identifier_msgs/UUID',
        'goal': 'test_msgs/Fibonacci_Goal',
    }
    assert implementation.SendGoalService.Response.get_fields_and_field_types() == {
        'accepted': 'boolean',
        'stamp': 'builtin_interfaces/Time',
    }
    assert implementation.GetResultService.Request.get_fields_and_field_types() == {
        'goal_id': 'unique_identifier_msgs/UUID',
    }
    assert implementation.GetResultService.Response.get_fields_and_field_types() == {
        'status': 'int8',
        'result': 'test_msgs/Fibonacci_Result',
    }
    assert implementation.FeedbackMessage.get_fields_and_field_types() == {
        'goal_id': 'unique_identifier_msgs/UUID',
        'feedback': 'test_msgs/Fibonacci_Feedback',
    }
    assert implementation.CancelGoalService is action_services.CancelGoal
    assert implementation.GoalStatusMessage is action_msgs.GoalStatusArray
    assert interface_name(implementation.SendGoalService) == 'test_msgs/action/Fibonacci_SendGoal'


def test_the_goal_inside_a_request_is_the_goal_of_the_action():
    request = test_actions.Fibonacci.Impl.SendGoalService.Request()
    assert isinstance(request.goal, test_actions.Fibonacci.Goal)
    with pytest.raises(AssertionError, match="sub message of type 'Fibonacci_Goal'"):
        request.goal = test_actions.Fibonacci.Result()


def test_an_action_may_use_messages_of_its_own_and_other_packages():
    goal = test_actions.NestedMessage.Goal()
    assert goal.nested_different_pkg.sec == 0
    assert goal.get_fields_and_field_types()['nested_field_no_pkg'] == 'test_msgs/Builtins'


def test_a_message_has_all_type_support_that_rclpy_asks_for_once_imported():
    metaclass = load_submodule('geometry_msgs', 'msg').Wrench.__class__
    metaclass.__import_type_support__()
    assert all(getattr(metaclass, name) is not None for name in MESSAGE_SUPPORT)


def test_type_support_of_one_message_is_not_that_of_another():
    geometry_msgs = load_submodule('geometry_msgs', 'msg')
    geometry_msgs.Accel.__class__.__import_type_support__()
    assert geometry_msgs.Twist.__class__._TYPE_SUPPORT is None


def test_a_service_imports_the_type_support_of_its_messages_and_is_no_message():
    service = std_srvs.Empty
    assert service.__class__._TYPE_SUPPORT is None
    service.__class__.__import_type_support__()
    assert service.__class__._TYPE_SUPPORT is not None
    assert service.Request.__class__._TYPE_SUPPORT is not None
    assert not hasattr(service.__class__, '_CREATE_ROS_MESSAGE')


def test_an_action_imports_the_type_support_of_all_its_parts():
    action = test_actions.NestedMessage
    action.__class__.__import_type_support__()
    for part in (
        action,
        action.Impl.SendGoalService,
        action.Impl.GetResultService.Response,
        action.Impl.FeedbackMessage,
        action_services.CancelGoal,
        action_msgs.GoalStatusArray,
    ):
        assert part.__class__._TYPE_SUPPORT is not None

# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""Parameters: descriptors, callbacks that refuse, events, and the services of every node."""

import pytest
from rcl_interfaces.msg import FloatingPointRange
from rcl_interfaces.msg import IntegerRange
from rcl_interfaces.msg import ParameterDescriptor
from rcl_interfaces.msg import ParameterEvent
from rcl_interfaces.msg import ParameterType
from rcl_interfaces.msg import SetParametersResult
from rcl_interfaces.srv import DescribeParameters
from rcl_interfaces.srv import GetParameters
from rcl_interfaces.srv import GetParameterTypes
from rcl_interfaces.srv import ListParameters
from rcl_interfaces.srv import SetParameters
from rcl_interfaces.srv import SetParametersAtomically
from rclpy.exceptions import InvalidParameterValueException
from rclpy.exceptions import ParameterNotDeclaredException
from rclpy.parameter import Parameter


def call(graph, service_type, service, **fields):
    """Call a node's parameter service from another node."""
    user = graph.node('user')
    client = user.create_client(service_type, service)
    assert client.wait_for_service(timeout_sec=10.0)
    future = client.call_async(service_type.Request(**fields))
    graph.spin_until(future.done)
    return future.result()


def double(name, value):
    return Parameter(name, Parameter.Type.DOUBLE, value)


def test_a_declared_parameter_has_its_default_and_its_type(graph):
    node = graph.node('node')
    assert node.declare_parameter('gain', 0.5).value == 0.5
    assert node.get_parameter('gain').type_ is Parameter.Type.DOUBLE
    [result] = node.set_parameters([Parameter('gain', Parameter.Type.STRING, 'loud')])
    assert not result.successful
    assert node.get_parameter('gain').value == 0.5


def test_a_parameter_that_was_not_declared_is_an_error(graph):
    node = graph.node('node')
    with pytest.raises(ParameterNotDeclaredException):
        node.get_parameter('unknown')


def test_an_override_replaces_the_default(graph):
    node = graph.node('node', parameter_overrides=[double('gain', 2.0)])
    assert node.declare_parameter('gain', 0.5).value == 2.0


def test_a_read_only_parameter_is_not_changed(graph):
    node = graph.node('node')
    node.declare_parameter('model', 'nano', ParameterDescriptor(read_only=True))
    [result] = node.set_parameters([Parameter('model', value='large')])
    assert not result.successful
    assert 'read-only' in result.reason
    assert node.get_parameter('model').value == 'nano'


@pytest.mark.parametrize(('value', 'fits'), [(1.0, True), (0.0, True), (1.5, False)])
def test_a_value_outside_its_range_is_refused(graph, value, fits):
    node = graph.node('node')
    node.declare_parameter(
        'gain',
        0.5,
        ParameterDescriptor(
            floating_point_range=[FloatingPointRange(from_value=0.0, to_value=1.0)]
        ),
    )
    [result] = node.set_parameters([double('gain', value)])
    assert result.successful is fits


def test_a_default_outside_its_range_is_an_error(graph):
    node = graph.node('node')
    with pytest.raises(InvalidParameterValueException):
        node.declare_parameter(
            'rate',
            5,
            ParameterDescriptor(integer_range=[IntegerRange(from_value=0, to_value=4, step=2)]),
        )


def test_a_callback_can_refuse_with_a_reason(graph):
    node = graph.node('node')
    node.declare_parameter('gain', 0.5)

    def refuse_negative(parameters):
        bad = [parameter.name for parameter in parameters if parameter.value < 0]
        return SetParametersResult(successful=not bad, reason=f'negative: {bad}' if bad else '')

    node.add_on_set_parameters_callback(refuse_negative)
    [result] = node.set_parameters([double('gain', -1.0)])
    assert not result.successful and result.reason == "negative: ['gain']"
    [result] = node.set_parameters([double('gain', 1.0)])
    assert result.successful
    assert node.get_parameter('gain').value == 1.0


def test_setting_atomically_is_all_or_nothing(graph):
    node = graph.node('node')
    node.declare_parameters('', [('a', 1.0), ('b', 'text')])
    result = node.set_parameters_atomically([double('a', 2.0), double('b', 2.0)])
    assert not result.successful
    assert node.get_parameter('a').value == 1.0


def test_a_change_is_announced_on_parameter_events(graph):
    node = graph.node('node')
    events = []
    node.create_subscription(ParameterEvent, '/parameter_events', events.append, 10)
    node.declare_parameter('gain', 0.5)
    graph.spin_until(lambda: events)
    assert events[0].node == '/node'
    assert events[0].new_parameters[0].name == 'gain'
    node.set_parameters([double('gain', 0.75)])
    graph.spin_until(lambda: len(events) == 2)
    assert events[1].changed_parameters[0].value.double_value == 0.75


def test_another_node_can_read_parameters(graph):
    graph.node('node').declare_parameter('gain', 0.5)
    [value] = call(graph, GetParameters, 'node/get_parameters', names=['gain']).values
    assert (value.type, value.double_value) == (ParameterType.PARAMETER_DOUBLE, 0.5)


def test_another_node_can_set_parameters(graph):
    node = graph.node('node')
    node.declare_parameter('gain', 0.5)
    parameters = [
        double('gain', 0.25).to_parameter_msg(),
        double('unknown', 1.0).to_parameter_msg(),
    ]
    results = call(graph, SetParameters, 'node/set_parameters', parameters=parameters).results
    assert [result.successful for result in results] == [True, False]
    assert node.get_parameter('gain').value == 0.25


def test_another_node_can_set_parameters_atomically(graph):
    node = graph.node('node')
    node.declare_parameter('gain', 0.5)
    reply = call(
        graph,
        SetParametersAtomically,
        'node/set_parameters_atomically',
        parameters=[double('gain', 0.25).to_parameter_msg()],
    )
    assert reply.result.successful
    assert node.get_parameter('gain').value == 0.25


def test_another_node_can_list_parameters(graph):
    graph.node('node').declare_parameters('audio', [('rate', 24_000), ('gain', 1.0)])
    result = call(graph, ListParameters, 'node/list_parameters', prefixes=['audio']).result
    assert sorted(result.names) == ['audio.gain', 'audio.rate']
    assert result.prefixes == ['audio']


def test_another_node_can_read_descriptors_and_types(graph):
    graph.node('node').declare_parameter(
        'gain', 0.5, ParameterDescriptor(description='Loudness', read_only=True)
    )
    [descriptor] = call(
        graph, DescribeParameters, 'node/describe_parameters', names=['gain']
    ).descriptors
    assert (descriptor.name, descriptor.description) == ('gain', 'Loudness')
    assert descriptor.read_only and descriptor.type == ParameterType.PARAMETER_DOUBLE
    types = call(graph, GetParameterTypes, 'node/get_parameter_types', names=['gain']).types
    assert list(types) == [ParameterType.PARAMETER_DOUBLE]


def test_a_node_can_go_without_parameter_services(graph):
    graph.node('node', start_parameter_services=False)
    client = graph.node('user').create_client(GetParameters, 'node/get_parameters')
    assert not client.wait_for_service(timeout_sec=0.05)

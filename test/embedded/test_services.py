# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""Services and clients: replies find their way back, in order, blocking and not."""

import contextlib
import threading

import pytest
import rclpy
from rclpy.callback_groups import ReentrantCallbackGroup
from rclpy.executors import MultiThreadedExecutor
from std_srvs.srv import SetBool
from std_srvs.srv import Trigger
from test_msgs.srv import BasicTypes


def echo(request, response):
    """Answer with the number that was sent."""
    response.int64_value = request.int64_value
    return response


def ask(client, number):
    return client.call_async(BasicTypes.Request(int64_value=number))


def test_an_asynchronous_call_is_answered(graph):
    node = graph.node('node')
    node.create_service(BasicTypes, 'echo', echo)
    client = node.create_client(BasicTypes, 'echo')
    assert client.wait_for_service(timeout_sec=10.0)
    future = ask(client, 5)
    graph.spin_until(future.done)
    assert future.result().int64_value == 5


def test_many_calls_are_answered_each_by_its_own_reply_in_order(graph):
    server, user = graph.node('server'), graph.node('user')
    server.create_service(BasicTypes, 'echo', echo)
    client = user.create_client(BasicTypes, 'echo')
    assert client.wait_for_service(timeout_sec=10.0)
    answered = []
    futures = [ask(client, number) for number in range(8)]
    for future in futures:
        future.add_done_callback(lambda done: answered.append(done.result().int64_value))
    graph.spin_until(lambda: len(answered) == 8)
    assert answered == list(range(8))
    assert [future.result().int64_value for future in futures] == list(range(8))


def test_two_clients_receive_only_their_own_replies(graph):
    node = graph.node('node')
    node.create_service(BasicTypes, 'echo', echo)
    clients = [node.create_client(BasicTypes, 'echo') for _ in range(2)]
    for client in clients:
        assert client.wait_for_service(timeout_sec=10.0)
    futures = [ask(client, number) for number, client in enumerate(clients)]
    graph.spin_until(lambda: all(future.done() for future in futures))
    assert [future.result().int64_value for future in futures] == [0, 1]


def test_a_blocking_call_returns_the_reply_while_another_thread_spins(graph):
    node = graph.node('node')
    node.create_service(BasicTypes, 'echo', echo)
    client = node.create_client(BasicTypes, 'echo')
    assert client.wait_for_service(timeout_sec=10.0)
    replies = []
    caller = threading.Thread(
        target=lambda: replies.append(client.call(BasicTypes.Request(int64_value=9)))
    )
    caller.start()
    graph.spin_until(lambda: replies)
    caller.join()
    assert replies[0].int64_value == 9


def test_a_callback_may_call_another_service_in_a_reentrant_group(graph):
    node = graph.node('node')
    graph.executor.remove_node(node)
    group = ReentrantCallbackGroup()
    client = node.create_client(BasicTypes, 'inner', callback_group=group)

    def outer(request, response):
        response.success = client.call(BasicTypes.Request(int64_value=3)).int64_value == 3
        return response

    node.create_service(BasicTypes, 'inner', echo, callback_group=group)
    node.create_service(Trigger, 'outer', outer, callback_group=group)
    user = node.create_client(Trigger, 'outer', callback_group=group)
    executor = MultiThreadedExecutor(num_threads=3, context=graph.context)
    executor.add_node(node)
    assert user.wait_for_service(timeout_sec=10.0)
    future = user.call_async(Trigger.Request())
    executor.spin_until_future_complete(future, timeout_sec=10.0)
    executor.shutdown()
    node.destroy_node()
    assert future.result().success


def test_a_coroutine_can_answer_and_await_another_service(graph):
    node = graph.node('node')
    group = ReentrantCallbackGroup()
    inner = node.create_client(BasicTypes, 'inner', callback_group=group)

    async def outer(request, response):
        reply = await ask(inner, 4)
        response.success = reply.int64_value == 4
        return response

    node.create_service(BasicTypes, 'inner', echo, callback_group=group)
    node.create_service(SetBool, 'outer', outer, callback_group=group)
    client = node.create_client(SetBool, 'outer', callback_group=group)
    assert client.wait_for_service(timeout_sec=10.0)
    future = client.call_async(SetBool.Request(data=True))
    graph.spin_until(future.done)
    assert future.result().success


def test_the_server_receives_a_copy_of_the_request(graph):
    node = graph.node('node')
    seen = []

    def answer(request, response):
        seen.append(request)
        return echo(request, response)

    node.create_service(BasicTypes, 'echo', answer)
    client = node.create_client(BasicTypes, 'echo')
    assert client.wait_for_service(timeout_sec=10.0)
    request = BasicTypes.Request(int64_value=1)
    future = client.call_async(request)
    request.int64_value = 2
    graph.spin_until(future.done)
    assert seen[0].int64_value == 1
    assert future.result().int64_value == 1


def test_waiting_for_a_service_that_nobody_offers_gives_up(graph):
    client = graph.node('node').create_client(Trigger, 'absent')
    assert not client.service_is_ready()
    assert not client.wait_for_service(timeout_sec=0.05)


def test_a_service_of_another_type_is_not_the_one_asked_for(graph):
    node = graph.node('node')
    node.create_service(SetBool, 'name', lambda _, response: response)
    client = node.create_client(Trigger, 'name')
    assert not client.wait_for_service(timeout_sec=0.05)


def test_a_destroyed_service_is_no_longer_ready(graph):
    node = graph.node('node')
    service = node.create_service(Trigger, 'service', lambda _, response: response)
    client = node.create_client(Trigger, 'service')
    assert client.wait_for_service(timeout_sec=10.0)
    node.destroy_service(service)
    graph.spin_until(lambda: not client.service_is_ready())


def test_a_reply_to_a_client_that_is_gone_is_skipped(graph):
    server, user = graph.node('server'), graph.node('user')
    clients = [user.create_client(BasicTypes, 'echo') for _ in range(2)]
    served = []

    def answer(request, response):
        if not served:
            user.destroy_client(clients[0])
        served.append(request.int64_value)
        return echo(request, response)

    server.create_service(BasicTypes, 'echo', answer)
    for client in clients:
        assert client.wait_for_service(timeout_sec=10.0)
    lost = ask(clients[0], 1)
    graph.spin_until(lambda: served)
    future = ask(clients[1], 2)
    graph.spin_until(future.done)
    assert future.result().int64_value == 2
    assert not lost.done()


def test_an_exception_in_a_service_callback_comes_out_of_spin(graph):
    def fail(request, response):
        raise ZeroDivisionError('on purpose')

    node = graph.node('node')
    node.create_service(Trigger, 'service', fail)
    client = node.create_client(Trigger, 'service')
    assert client.wait_for_service(timeout_sec=10.0)
    client.call_async(Trigger.Request())
    with pytest.raises(ZeroDivisionError):
        graph.spin_until(lambda: False)


def test_a_request_of_another_type_is_a_type_error(graph):
    client = graph.node('node').create_client(Trigger, 'service')
    with pytest.raises(TypeError):
        client.call_async(SetBool.Request())


def test_waiting_for_a_service_ends_at_shutdown(graph):
    client = graph.node('node').create_client(Trigger, 'absent')
    ended = threading.Event()

    def wait():
        with contextlib.suppress(RuntimeError):  # a shut down graph cannot be asked
            client.wait_for_service()
        ended.set()

    waiting = threading.Thread(target=wait)
    waiting.start()
    rclpy.shutdown(context=graph.context)
    assert ended.wait(timeout=10.0)
    waiting.join()

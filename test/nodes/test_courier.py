# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""What a device has to tell is carried in order, and where that is too slow, never late."""

from collections.abc import Iterator
import threading

from graph import wait_until
import pytest

from personaplex_ros.nodes.courier import Courier
from personaplex_ros.nodes.courier import MAX_WAITING


class Receiver:
    """Whom a courier brings numbers; it takes none until it is let."""

    def __init__(self) -> None:
        self.took: list[int] = []
        self.begun = threading.Event()
        self.may_take = threading.Event()

    def take(self, number: int) -> None:
        self.begun.set()
        assert self.may_take.wait(10.0)
        self.took.append(number)


def no_error(error: Exception) -> None:
    raise AssertionError('a call raised') from error


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    made = Receiver()
    yield made
    made.may_take.set()


def test_everything_posted_is_called_in_order_before_the_end(receiver):
    courier = Courier('test', no_error)
    for number in range(MAX_WAITING):
        courier.post(receiver.take, number)
    receiver.may_take.set()
    courier.stop()
    assert receiver.took == list(range(MAX_WAITING))
    assert courier.dropped == 0


def test_a_courier_that_is_too_slow_drops_to_live_and_counts(receiver):
    courier = Courier('test', no_error)
    courier.post(receiver.take, 0)
    assert receiver.begun.wait(10.0)
    for number in range(1, MAX_WAITING + 2):
        courier.post(receiver.take, number)
    receiver.may_take.set()
    courier.stop()
    assert receiver.took == [0, MAX_WAITING + 1], 'the newest, nothing stale before it'
    assert courier.dropped == MAX_WAITING


def test_a_call_that_raises_is_told_and_the_courier_goes_on(receiver):
    errors: list[Exception] = []
    receiver.may_take.set()
    courier = Courier('test', errors.append)
    courier.post(lambda: 1 / 0)
    courier.post(receiver.take, 1)
    courier.stop()
    assert receiver.took == [1]
    assert [type(error) for error in errors] == [ZeroDivisionError]


def test_a_courier_that_is_told_to_end_ends_whatever_is_still_posted(receiver):
    courier = Courier('test', no_error)
    courier.post(receiver.take, 0)
    assert receiver.begun.wait(10.0)
    ending = threading.Thread(target=courier.stop, daemon=True)
    ending.start()
    wait_until(lambda: courier._waiting.qsize() == 1, 'the word to end')
    for number in range(1, MAX_WAITING + 2):
        courier.post(receiver.take, number)
    receiver.may_take.set()
    ending.join(10.0)
    assert not ending.is_alive()

# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""Which chunk is played: epochs, losses, latecomers, and a sender that began anew."""

import pytest

from personaplex_ros.audio.playout.order import LATE_CHUNKS
from personaplex_ros.audio.playout.order import PlayOrder
from personaplex_ros.audio.playout.order import RUN_CHUNKS
from personaplex_ros.audio.playout.order import Turn
from personaplex_ros.audio.playout.pieces import Origin


def after(epoch: int, seq: int) -> PlayOrder:
    """Return an order that has seen this chunk."""
    order = PlayOrder()
    order.take(Origin(epoch, seq))
    return order


def played(order: PlayOrder, epoch: int, seqs: range) -> list[int]:
    """Return which of these chunks are played."""
    return [seq for seq in seqs if order.take(Origin(epoch, seq)).is_played]


def test_the_first_chunk_is_played_whatever_its_numbers():
    assert PlayOrder().take(Origin(7, 1234)) == Turn(voids=True)


def test_a_chunk_that_follows_is_played_and_a_gap_tells_what_was_lost():
    order = after(0, 5)
    assert order.take(Origin(0, 6)) == Turn()
    assert order.take(Origin(0, 9)) == Turn(lost=2)


@pytest.mark.parametrize('seq', [1, 9, 10, 11])
def test_a_newer_epoch_voids_what_waits_wherever_its_seq_is(seq):
    turn = after(2, 10).take(Origin(3, seq))
    assert turn.is_played and turn.voids


@pytest.mark.parametrize('seq', [1, 9, 10, 11, 5000])
def test_an_older_epoch_is_void_before_and_behind(seq):
    order = after(2, 10)
    assert not order.take(Origin(1, seq)).is_played
    assert order.take(Origin(2, 11)) == Turn(), 'and leaves no trace'


@pytest.mark.parametrize('seq', [1, 9, 10])
def test_a_chunk_that_comes_late_or_twice_is_void(seq):
    order = after(2, 10)
    assert not order.take(Origin(2, seq)).is_played
    assert order.take(Origin(2, 11)) == Turn()


def test_a_frame_of_the_smallest_chunks_may_come_late():
    order = after(2, 20)
    assert played(order, 1, range(12, 20)) == []
    assert order.take(Origin(2, 21)) == Turn()


@pytest.mark.parametrize('epoch', [0, 2, 9])
@pytest.mark.parametrize('last', [1, 10, 5000])
def test_a_sender_that_begins_with_zero_is_a_new_one(last, epoch):
    order = after(2, last)
    assert order.take(Origin(epoch, 0)) == Turn(voids=True)
    assert order.take(Origin(epoch, 1)) == Turn()


@pytest.mark.parametrize('epoch', [0, 2])
def test_a_sender_far_behind_is_a_new_one_though_its_first_chunks_were_lost(epoch):
    order = after(2, 1000)
    assert not order.take(Origin(epoch, 1000 - LATE_CHUNKS)).is_played
    assert order.take(Origin(epoch, 1000 - LATE_CHUNKS - 1)) == Turn(voids=True)


@pytest.mark.parametrize('last', [5, 40])
def test_a_sender_close_behind_is_heard_after_a_run_though_its_first_chunks_were_lost(last):
    order = after(7, last)
    assert played(order, 0, range(3, 30)) == [*range(3 + RUN_CHUNKS - 1, 30)]


def test_latecomers_that_do_not_follow_each_other_never_make_a_new_sender():
    order = after(2, 60)
    assert played(order, 1, range(11, 60, 2)) == []
    assert played(order, 1, range(59, 10, -1)) == []


def test_an_old_epoch_that_runs_on_ahead_is_another_sender():
    order = after(5, 999)
    assert played(order, 0, range(2975, 3000)) == [*range(2975 + RUN_CHUNKS - 1, 3000)]


def test_an_old_epoch_ahead_stays_void_while_the_newer_one_goes_on():
    order = after(5, 999)
    for seq in range(1000, 1100):
        assert order.take(Origin(5, seq)) == Turn()
        assert not order.take(Origin(0, seq + 2000)).is_played


def test_a_run_that_what_is_new_interrupts_counts_anew():
    order = after(2, 40)
    played(order, 1, range(10, 10 + RUN_CHUNKS - 1))
    assert order.take(Origin(2, 41)) == Turn()
    assert not order.take(Origin(1, 10 + RUN_CHUNKS - 1)).is_played

# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""The small parts: live queue, ledger, transcript."""

import pytest

from personaplex_ros.audio.live_queue import LiveQueue
from personaplex_ros.conversation.ledger import Ledger
from personaplex_ros.conversation.ledger import Spread
from personaplex_ros.conversation.ledger import Window
from personaplex_ros.conversation.ledger import WINDOW_FRAMES
from personaplex_ros.conversation.transcript import TranscriptBuilder
from personaplex_ros.conversation.transcript import Utterance


def drain(queue: LiveQueue) -> list:
    """Take everything."""
    return [queue.pop() for _ in range(len(queue))]


def test_a_live_queue_gives_back_in_order():
    queue = LiveQueue(3)
    assert [queue.push(n) for n in range(3)] == [0, 0, 0]
    assert drain(queue) == [0, 1, 2]


def test_an_overflow_keeps_only_the_newest_and_tells_how_many_went():
    queue = LiveQueue(3)
    assert [queue.push(n) for n in range(5)] == [0, 0, 0, 3, 0]
    assert drain(queue) == [3, 4]


def test_a_queue_of_one_holds_the_newest():
    queue = LiveQueue(1)
    assert [queue.push(n) for n in range(3)] == [0, 1, 1]
    assert drain(queue) == [2]


def test_pushes_are_what_remains_and_what_was_dropped():
    for capacity in range(1, 8):
        queue = LiveQueue(capacity)
        dropped = sum(queue.push(n) for n in range(100))
        assert dropped + len(queue) == 100
        assert 1 <= len(queue) <= capacity
        assert drain(queue)[-1] == 99


def test_clearing_tells_how_many_there_were():
    queue = LiveQueue(3)
    queue.push(1)
    queue.push(2)
    assert queue.clear() == 2
    assert not queue
    with pytest.raises(IndexError):
        queue.pop()


def test_the_spread_of_nothing_is_zero():
    assert Window().spread() == Spread(0.0, 0.0, 0.0)


def test_a_spread_is_median_99th_percentile_and_largest():
    window = Window()
    for ms in range(100, -1, -1):
        window.add(float(ms))
    assert window.spread() == Spread(50.0, 99.0, 100.0, 95.0)


def test_a_window_forgets_what_is_long_past():
    window = Window()
    window.add(1e6)
    for _ in range(WINDOW_FRAMES):
        window.add(1.0)
    assert window.spread() == Spread(1.0, 1.0, 1.0, 1.0)


def test_what_is_neither_answered_nor_dropped_is_in_flight():
    ledger = Ledger(frames_in=10, frames_out=6, frames_dropped=3)
    assert ledger.frames_in_flight == 1


def texts(utterances: list[Utterance]) -> list[tuple[int, str, bool, bool]]:
    """Return what matters of utterances."""
    return [(u.number, u.text, u.is_final, u.interrupted) for u in utterances]


def test_words_grow_from_pieces_without_the_leading_space():
    words = TranscriptBuilder()
    assert texts(words.frame(' Hel', 1.0)) == [(1, 'Hel', False, False)]
    assert texts(words.frame('lo', 1.08)) == [(1, 'Hello', False, False)]
    assert texts(words.frame(' there', 1.16)) == [(1, 'Hello there', False, False)]


def test_an_utterance_lasts_from_its_first_word_to_its_last():
    words = TranscriptBuilder(pause_frames=2)
    words.frame(' one', 1.0)
    words.frame('', 1.5)
    words.frame(' two', 2.0)
    words.frame('', 2.5)
    (final,) = words.frame('', 3.0)
    assert (final.start_s, final.end_s) == (1.0, 2.0)


def test_a_pause_ends_the_utterance_once_and_the_next_word_begins_another():
    words = TranscriptBuilder(pause_frames=3)
    words.frame(' one', 0.0)
    assert [texts(words.frame('', 0.0)) for _ in range(5)] == [
        [], [], [(1, 'one', True, False)], [], [],
    ]  # fmt: skip
    assert texts(words.frame(' two', 0.0)) == [(2, 'two', False, False)]


def test_a_word_within_the_pause_starts_the_pause_anew():
    words = TranscriptBuilder(pause_frames=3)
    pieces = [' a', '', '', ' b', '', '', '']
    told = [texts(words.frame(piece, 0.0)) for piece in pieces]
    assert told[-1] == [(1, 'a b', True, False)]
    assert [t for t in told[:-1] if t and t[0][2]] == []


def test_an_interrupt_cuts_the_utterance_where_it_stands():
    words = TranscriptBuilder()
    words.frame(' I was', 0.0)
    assert texts(words.finish(interrupted=True)) == [(1, 'I was', True, True)]
    assert words.finish(interrupted=True) == []


def test_silence_alone_says_nothing():
    words = TranscriptBuilder(pause_frames=1)
    assert [words.frame('', 0.0) for _ in range(5)] == [[]] * 5
    assert words.finish() == []


def test_an_agent_without_pauses_is_cut_into_bounded_utterances():
    words = TranscriptBuilder(max_chars=10)
    told = [u for n in range(10) for u in words.frame(f' word{n}', float(n))]
    assert all(len(u.text) <= 10 for u in told)
    finals = [u.text for u in told if u.is_final] + [u.text for u in words.finish()]
    assert ' '.join(' '.join(finals).split()) == ' '.join(f'word{n}' for n in range(10))

# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""Mouth to ear: what was said joined with what was heard of it, and texts cut at that."""

import pytest

from personaplex_ros.conversation.mouth_to_ear import MouthToEar
from personaplex_ros.conversation.passage import Passage
from personaplex_ros.conversation.transcript import TranscriptBuilder

CHUNK = 480


def passage(begin_s: float) -> Passage:
    """Heard at begin_s, complete 90 ms later, sent 10 ms after that, answered in 30 ms."""
    return Passage(begin_s, begin_s + 0.09, begin_s + 0.10, begin_s + 0.13)


def test_the_parts_add_up_to_the_whole():
    latency = MouthToEar()
    latency.said(8, 11, passage(5.0))
    latency.heard(8, 0, CHUNK, audible_s=5.2)
    assert latency.now_ms == pytest.approx(200.0)
    parts = (latency.to_engine, latency.in_engine, latency.to_ear)
    assert [part.spread().p50 for part in parts] == pytest.approx([100.0, 30.0, 70.0])
    assert sum(p.spread().p50 for p in parts) == pytest.approx(latency.total.spread().p50)


def test_a_cursor_in_the_middle_of_a_frame_counts_from_its_first_sample():
    latency = MouthToEar()
    latency.said(8, 11, passage(5.0))
    latency.heard(10, 240, CHUNK, audible_s=5.2 + 0.05)
    assert latency.now_ms == pytest.approx(200.0)


def test_every_frame_counts_once_and_those_never_heard_do_not():
    latency = MouthToEar()
    for frame in range(5):
        latency.said(4 * frame, 4 * frame + 3, passage(frame))
    latency.heard(8, 0, CHUNK, 2.3)
    latency.heard(9, 0, CHUNK, 2.32)
    latency.heard(2, 0, CHUNK, 9.0)
    latency.heard(99, 0, CHUNK, 9.0)
    assert latency.total.spread().max == pytest.approx(300.0)
    assert latency.total.spread().p50 == pytest.approx(300.0)


def test_what_is_judged_is_the_last_second_not_the_past():
    latency = MouthToEar()
    for frame in range(40):
        late_s = 2.0 if frame < 20 else 0.2
        latency.said(frame, frame, passage(frame))
        latency.heard(frame, 0, CHUNK, frame + late_s)
    assert latency.now_ms == pytest.approx(200.0)
    assert latency.total.spread().p99 == pytest.approx(2000.0)


def test_without_a_player_nothing_grows():
    latency = MouthToEar()
    for frame in range(10_000):
        latency.said(frame, frame, passage(frame))
    assert len(latency._said) <= 64
    assert latency.now_ms == 0.0


def builder() -> TranscriptBuilder:
    words = TranscriptBuilder()
    for mark, piece in enumerate((' I', ' would', ' like', ' to', ' go')):
        words.frame(piece, mark * 0.08, mark * 4 + 3)
    return words


@pytest.mark.parametrize(
    ('heard', 'text'),
    [(None, 'I would like to go'), (99, 'I would like to go'), (11, 'I would like'),
     (14, 'I would like'), (3, 'I'), (2, ''), (-1, '')],
)  # fmt: skip
def test_an_interrupted_text_holds_what_was_heard(heard, text):
    (final,) = builder().finish(interrupted=True, heard=heard)
    assert final.text == text
    assert final.is_final and final.interrupted


def test_the_next_text_knows_nothing_of_the_cut_one():
    words = builder()
    words.finish(interrupted=True, heard=3)
    words.frame(' Yes', 1.0, 40)
    (final,) = words.finish(heard=40)
    assert final.text == 'Yes'

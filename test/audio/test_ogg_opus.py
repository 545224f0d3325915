# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""Ogg/Opus from strangers: what is live is decoded, what only costs time is not."""

from itertools import count

import numpy as np
import pytest

from personaplex_ros.audio.format import FRAME_MS
from personaplex_ros.audio.format import SAMPLE_RATE_HZ
from personaplex_ros.audio.format import SAMPLES_PER_FRAME
from personaplex_ros.audio.ogg_opus import MAX_SECONDS_AHEAD
from personaplex_ros.audio.ogg_opus import MAX_SILENT_BYTES
from personaplex_ros.audio.ogg_opus import OpusIn
from personaplex_ros.audio.ogg_opus import OpusOut

SILENCE = np.zeros(SAMPLES_PER_FRAME, np.float32)
FRAME_S = FRAME_MS / 1_000


def stands_still() -> float:
    return 0.0


def decoded_s(stream: OpusIn, data: bytes) -> float:
    return sum(len(pcm) for pcm in stream.decode(data)) / SAMPLE_RATE_HZ


def test_a_live_stream_may_go_on_for_ever() -> None:
    live = count(step=FRAME_S)
    incoming, outgoing = OpusIn(lambda: next(live)), OpusOut()
    heard_s = sum(decoded_s(incoming, outgoing.encode(SILENCE)) for _ in range(1_000))
    assert heard_s == pytest.approx(1_000 * FRAME_S, abs=0.1)
    assert heard_s > 2 * MAX_SECONDS_AHEAD


def test_a_stream_may_catch_up_but_not_run_away_from_the_clock() -> None:
    incoming, outgoing = OpusIn(stands_still), OpusOut()
    heard_s = 0.0
    with pytest.raises(ValueError, match='more than 30 s ahead of live'):
        for _ in range(1_000):
            heard_s += decoded_s(incoming, outgoing.encode(SILENCE))
    assert heard_s == pytest.approx(MAX_SECONDS_AHEAD, abs=2 * FRAME_S)


def test_a_pause_is_no_credit_for_later() -> None:
    now_s = 0.0
    incoming, outgoing = OpusIn(lambda: now_s), OpusOut()
    decoded_s(incoming, outgoing.encode(SILENCE))
    now_s = 3_600.0
    with pytest.raises(ValueError, match='ahead of live'):
        for _ in range(500):
            decoded_s(incoming, outgoing.encode(SILENCE))


def test_bytes_that_bring_no_sound_are_bounded() -> None:
    incoming, outgoing = OpusIn(stands_still), OpusOut()
    page_head = outgoing.encode(SILENCE)[:5]
    with pytest.raises(ValueError):
        decoded_s(incoming, page_head + bytes(MAX_SILENT_BYTES + 1_024))

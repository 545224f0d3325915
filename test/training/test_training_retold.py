# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""What the agent says again for a visitor is said at the visitor's times."""

import numpy as np

from training.speech.retold import _aligned
from training.speech.retold import _way

BANDS = 12


def phones(lengths: list[int]) -> np.ndarray:
    """Return spectra that change where one phone follows another: [hops, BANDS]."""
    colours = np.random.default_rng(5).normal(0, 2, (len(lengths), BANDS))
    return np.repeat(colours, lengths, axis=0)


def test_each_phone_is_taken_from_the_same_phone_of_the_model():
    ours, theirs = [5, 9, 6, 12, 4], [6, 7, 9, 8, 5]
    way = np.interp(np.arange(sum(ours)), [0, sum(ours)], [0, sum(theirs)])
    at = _aligned(phones(ours), phones(theirs), way)
    told = np.repeat(np.arange(5), theirs)[at]
    assert (told == np.repeat(np.arange(5), ours)).mean() > 0.9
    assert set(np.diff(at)) <= {0, 1, 2}


def test_words_begin_where_they_begin_and_are_stretched_between():
    way = _way(200, 100, (0.0, 1.0), (0.0, 0.4))
    assert abs(way[100] - 40) < 1
    assert abs(way[150] - 70) < 1


def test_where_words_were_counted_otherwise_the_whole_is_stretched_evenly():
    way = _way(200, 100, (0.0, 0.2, 1.9), (0.0, 0.4))
    assert abs(way[100] - 50) < 1

# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""How loud it is, and whether somebody speaks."""

import numpy as np
import pytest

from personaplex_ros.audio.level import FLOOR_DBFS
from personaplex_ros.audio.level import rms_dbfs
from personaplex_ros.audio.level import SpeakingDetector
from personaplex_ros.audio.level import SpeakingSettings


def at(dbfs: float) -> np.ndarray:
    """Return one frame of square wave at a level, int16 [1920]."""
    return np.tile(np.array([1, -1]), 960).astype(np.int16) * round(32768 * 10 ** (dbfs / 20))


SILENT = np.zeros(1920, np.int16)


@pytest.mark.parametrize('dbfs', [-6.0, -20.0, -40.0, -60.0])
def test_a_level_is_measured_in_db_below_full_scale(dbfs):
    assert rms_dbfs(at(dbfs)) == pytest.approx(dbfs, abs=0.2)


def test_the_extremes_have_levels_too():
    assert rms_dbfs(np.full(1920, -32768, np.int16)) == pytest.approx(0.0)
    assert rms_dbfs(np.full(1920, 32767, np.int16)) == pytest.approx(0.0, abs=0.001)
    assert rms_dbfs(SILENT) == FLOOR_DBFS
    assert rms_dbfs(np.empty(0, np.int16)) == FLOOR_DBFS
    assert FLOOR_DBFS < rms_dbfs(np.array([4] + [0] * 1919, np.int16)) < -90


def test_speech_begins_above_the_upper_level_and_not_below_it():
    detector = SpeakingDetector(SpeakingSettings(on_dbfs=-45, off_dbfs=-50, hang_frames=2))
    assert not detector.update(at(-46))
    assert detector.update(at(-44))


def test_between_both_levels_speech_goes_on_for_ever():
    detector = SpeakingDetector(SpeakingSettings(on_dbfs=-45, off_dbfs=-50, hang_frames=2))
    detector.update(at(-30))
    assert all(detector.update(at(-47)) for _ in range(20))


def test_speech_ends_only_after_the_hang_time():
    detector = SpeakingDetector(SpeakingSettings(hang_frames=3))
    detector.update(at(-30))
    assert [detector.update(SILENT) for _ in range(4)] == [True, True, False, False]


def test_a_loud_frame_within_the_hang_time_starts_it_anew():
    detector = SpeakingDetector(SpeakingSettings(hang_frames=3))
    detector.update(at(-30))
    levels = [SILENT, SILENT, at(-30), SILENT, SILENT, SILENT]
    assert [detector.update(frame) for frame in levels] == [True] * 5 + [False]


def test_a_frame_between_both_levels_starts_the_hang_time_anew_too():
    detector = SpeakingDetector(SpeakingSettings(on_dbfs=-45, off_dbfs=-50, hang_frames=3))
    detector.update(at(-30))
    levels = [SILENT, SILENT, at(-47), SILENT, SILENT, SILENT]
    assert [detector.update(frame) for frame in levels] == [True] * 5 + [False]


def test_silence_ends_speech_at_once_and_the_next_loud_frame_begins_it_again():
    detector = SpeakingDetector()
    detector.update(at(-20))
    detector.silence()
    assert not detector.speaking
    assert not detector.update(SILENT)
    assert detector.update(at(-20))

# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""Planted faults are named, and healthy rooms are left in peace."""

from doctor_plants import dead_microphone
from doctor_plants import hot_microphone
from doctor_plants import IllPatient
from doctor_plants import jitter
from doctor_plants import late_reference
from doctor_plants import losses
from doctor_plants import mislabelled_microphone
from doctor_plants import monitor
from doctor_plants import nothing
from doctor_plants import silent_loudspeaker
from doctor_plants import slow_card
from echo_stage import SPEECH
import numpy as np
import pytest
import soundfile

from personaplex_ros.audio.devices.base import BLOCK_MS
from personaplex_ros.audio.doctor.examination import examine
from personaplex_ros.audio.doctor.findings import Level
from personaplex_ros.audio.doctor.findings import Report
from personaplex_ros.audio.simulation.room import RoomSettings

LEVEL_DBFS = -20.0
ROOM = RoomSettings()


@pytest.fixture
def at_48_khz(tmp_path) -> str:
    """Give a silent visitor, whose file sets the rate of the simulated card."""
    path = tmp_path / 'silence.wav'
    soundfile.write(path, np.zeros(4_800, np.int16), 48_000)
    return str(path)


FAULTS = {
    'the reference is 40 ms late': (
        late_reference(100.0),
        ROOM,
        'reference',
        'the reference arrives 40 ms after the echo',
    ),
    'clocks that part': (nothing, RoomSettings(drift_ppm=150.0), 'drift', '+150 ppm'),
    'clocks that part the other way': (
        nothing,
        RoomSettings(drift_ppm=-150.0),
        'drift',
        '-150 ppm',
    ),
    'a microphone turned up too far': (hot_microphone(30.0), ROOM, 'clipping', 'clips'),
    'a dead microphone': (dead_microphone, ROOM, 'microphone', 'dead'),
    'a microphone that is none': (monitor, ROOM, 'microphone', 'hears the loudspeaker'),
    'a loud room': (nothing, RoomSettings(noise_dbfs=-35.0), 'noise', 'noise at -35 dBFS'),
    'a loudspeaker that is off': (silent_loudspeaker, ROOM, 'loudspeaker', 'silent'),
    'a loudspeaker too loud': (
        nothing,
        RoomSettings(echo_db=12.0),
        'loudspeaker',
        'too loud: the voice would overdrive the microphone by 4 dB',
    ),
    'a card at half its rate': (slow_card(0.5), ROOM, 'rate', 'runs at 12000 Hz'),
    'a microphone at another rate': (
        mislabelled_microphone(4 / 3),
        ROOM,
        'rate',
        '25.0% too low, as if 32000 Hz were taken for 24000 Hz',
    ),
    'a stream that loses sound': (losses, ROOM, 'losses', 'the stream lost sound'),
    'times that jitter': (jitter(20.0), ROOM, 'jitter', 'of jitter'),
    'an echo too late to be cancelled': (
        nothing,
        RoomSettings(delay_ms=550.0),
        'reference',
        'the echo comes 550 ms after',
    ),
}


@pytest.mark.parametrize(('plant', 'room', 'topic', 'words'), FAULTS.values(), ids=FAULTS)
def test_a_planted_fault_is_named_in_one_line(plant, room, topic, words):
    report = examine(IllPatient(plant, room), LEVEL_DBFS)
    assert report.exit_status == 1
    assert report.fault.topic == topic, report.as_text()
    assert words in report.verdict
    assert report.verdict.startswith('wrong: ') and ' -> ' in report.verdict
    assert '\n' not in report.verdict


@pytest.mark.parametrize('plant', [slow_card(44.1 / 48), mislabelled_microphone(44.1 / 48)])
def test_44_1_khz_taken_for_48_is_named(at_48_khz, plant):
    report = examine(IllPatient(plant, visitor=at_48_khz), LEVEL_DBFS)
    assert report.fault.topic == 'rate', report.as_text()
    assert '44100' in report.verdict and '48000' in report.verdict


HEALTHY = {
    'the default': ROOM,
    'near': RoomSettings(delay_ms=10.0, echo_db=0.0),
    'far': RoomSettings(delay_ms=400.0),
    'two cards': RoomSettings(drift_ppm=60.0),
    'quiet loudspeaker': RoomSettings(echo_db=-15.0),
    'reverberant': RoomSettings(rt60_s=0.5),
    'very quiet room': RoomSettings(noise_dbfs=-75.0),
    'cheap loudspeaker': RoomSettings(echo_db=0.0, soft_clip_dbfs=-20.0),
}


def bad(report: Report) -> list[str]:
    return [one.text for one in report.findings if one.level is Level.BAD]


@pytest.mark.parametrize('room', HEALTHY.values(), ids=HEALTHY)
def test_a_healthy_room_is_found_healthy(room):
    report = examine(IllPatient(room=room), LEVEL_DBFS)
    assert not bad(report)
    assert report.exit_status == 0
    assert report.verdict.startswith('nothing is wrong')
    assert report.figures['echo_delay_ms'] == pytest.approx(room.delay_ms, abs=1.5)
    assert report.figures['round_trip_ms'] == pytest.approx(room.delay_ms + BLOCK_MS, abs=1.5)
    assert report.figures['drift_ppm'] == pytest.approx(room.drift_ppm, abs=2.0)
    assert report.figures['noise_dbfs'] == pytest.approx(room.noise_dbfs, abs=1.0)
    assert report.figures['jitter_ms'] < 0.1


def test_a_healthy_card_at_48_khz_is_found_healthy(at_48_khz):
    report = examine(IllPatient(visitor=at_48_khz), LEVEL_DBFS)
    assert not bad(report)
    assert report.figures['erle_db'] >= 20
    assert report.figures['measured_rate_hz'] == pytest.approx(48_000, abs=1)


def test_somebody_who_speaks_meanwhile_is_no_noise():
    room = RoomSettings(visitor_db=-10.0, echo_db=16.0)
    report = examine(IllPatient(room=room, visitor=str(SPEECH / 'visitor.flac')), LEVEL_DBFS)
    assert not bad(report)
    assert report.figures['noise_dbfs'] < -50.0


def test_a_long_way_is_a_remark_and_no_fault():
    report = examine(IllPatient(room=RoomSettings(delay_ms=300.0)), LEVEL_DBFS)
    assert report.exit_status == 0
    assert 'but: 320 ms' in report.verdict


def test_a_dead_channel_beside_a_living_one_is_told_with_its_number():
    report = examine(IllPatient(dead_microphone, living=(2, 3)), LEVEL_DBFS)
    assert 'set microphone_channel to 2' in report.verdict


def test_the_doctor_who_may_play_nothing_still_listens():
    seen = []

    def spy(exchange, device):
        return lambda *heard: seen.append(exchange(*heard)) or seen[-1]

    report = examine(IllPatient(spy, RoomSettings(noise_dbfs=-35.0)), None)
    assert not np.concatenate(seen).any()
    assert report.fault.topic == 'noise'
    assert 'round_trip_ms' not in report.figures

# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""`personaplex-audio`: what it prints, writes and returns."""

import json
from types import SimpleNamespace

import numpy as np
import pytest
import yaml

from fakes.portaudio import Card
from fakes.portaudio import FakePortAudio
from fakes.portaudio import FakeStream
from personaplex_ros.audio import command_devices
from personaplex_ros.audio.cli import main
from personaplex_ros.audio.devices import sound_card
from personaplex_ros.audio.devices.base import BLOCK_MS
from personaplex_ros.audio.devices.base import DeviceError
from personaplex_ros.audio.devices.base import StreamInfo
from personaplex_ros.audio.devices.settings import SoundCardSettings
from personaplex_ros.audio.doctor import patient
from personaplex_ros.audio.doctor.files import as_yaml
from personaplex_ros.audio.doctor.files import PIPEWIRE
from personaplex_ros.audio.doctor.files import through_pipewire
from personaplex_ros.audio.doctor.findings import Parameter
from personaplex_ros.audio.doctor.patient import SoundCardPatient
from personaplex_ros.audio.simulation.room import Room
from personaplex_ros.conversation.settings import check
from personaplex_ros.nodes.audio_settings import AudioSettings

LOOPBACK = ['doctor', '--device', 'loopback']


def read_parameters(text: str) -> dict:
    """Return what the audio node would take from a parameter file, each value checked."""
    values = yaml.safe_load(text)['/**/audio']['ros__parameters']
    for name, value in values.items():
        assert type(value) is type(getattr(AudioSettings, name)), name
        assert not check(AudioSettings, name, value)
    assert AudioSettings(**values).echo_settings
    return values


@pytest.fixture
def card(monkeypatch) -> Card:
    """Give the only sound card of a machine; its microphone is dead."""
    card = Card('USB Audio: mic (hw:1,0)', inputs=2)
    # The system's clock goes as fast as the stand-in's.
    clock = SimpleNamespace(monotonic_ns=lambda: BLOCK_MS * 1_000_000 * len(card.played))
    monkeypatch.setattr(sound_card, 'time', clock)
    portaudio = FakePortAudio(card)
    for module in (patient, command_devices):
        monkeypatch.setattr(module, 'load_portaudio', lambda: portaudio)
    return card


def test_a_healthy_room_gives_status_0_and_parameters_that_the_node_takes(tmp_path, capsys):
    file = tmp_path / 'audio.yaml'
    assert main([*LOOPBACK, '--room-delay-ms', '80', '--json', '--write', str(file)]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told['ok'] and told['verdict'] == 'nothing is wrong'
    assert told['figures']['echo_delay_ms'] == pytest.approx(80.0, abs=0.1)
    values = read_parameters(file.read_text())
    assert values == told['parameters']
    assert values == {
        'device': 'loopback',
        'room_delay_ms': 80.0,
        'room_echo_db': 6.0,
        'echo': 'webrtc',
    }
    assert '# ERLE ' in file.read_text()


def test_a_loudspeaker_too_loud_gives_status_1_and_ends_with_the_verdict(capsys):
    assert main([*LOOPBACK, '--room-echo-db', '20']) == 1
    lines = capsys.readouterr().out.splitlines()
    assert lines[-1].startswith('wrong: ')
    assert sum(line.startswith('bad ') for line in lines) >= 1


def test_who_has_heard_enough_may_interrupt_it(monkeypatch):
    def interrupted(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr('personaplex_ros.audio.command_doctor.examine', interrupted)
    assert main(LOOPBACK) == 130


def test_files_can_be_printed(capsys):
    assert main([*LOOPBACK, '--write', '-', '--pipewire', '-']) == 0
    printed = capsys.readouterr().out
    assert PIPEWIRE in printed
    assert read_parameters(printed[printed.index('# By personaplex-audio') :])


@pytest.mark.parametrize(
    ('options', 'words'),
    [
        (['--level-dbfs', '0'], 'expected -60 to -6'),
        (['--level-dbfs', 'nan'], 'expected -60 to -6'),
        (['--latency-ms', 'fast'], 'expected 1 to 500'),
        (['--json', '--write', '-'], '--json prints nothing else'),
        (['--write', __file__], 'exists; name a new file'),
        (['--pipewire', '/nowhere/at/all.conf'], 'no folder'),
    ],
)
def test_what_makes_no_sense_is_refused_in_one_line_before_anything_is_played(
    options, words, capsys, monkeypatch
):
    monkeypatch.setattr('personaplex_ros.audio.command_doctor.examine', pytest.fail)
    with pytest.raises(SystemExit) as ended:
        main([*LOOPBACK, *options])
    assert ended.value.code == 2
    said = capsys.readouterr().err
    assert words in said and said.count('\n') == 1


def test_a_dead_sound_card_is_told_with_the_devices_there_are_and_nothing_is_written(
    card, tmp_path, capsys
):
    file = tmp_path / 'audio.yaml'
    assert main(['doctor', '--quiet', '--write', str(file)]) == 1
    said = capsys.readouterr()
    assert '0: USB Audio: mic (hw:1,0), 48000 Hz, microphone* (2), loudspeaker* (2)' in said.out
    assert 'wrong: the microphone is dead' in said.out.splitlines()[-1]
    assert 'too little could be measured' in said.err
    assert not file.exists()


def test_a_card_that_falls_silent_is_told(card, monkeypatch, capsys):
    monkeypatch.setattr('personaplex_ros.audio.doctor.tape.STALLED_S', 0.1)
    card.stalled = True
    assert main(['doctor', '--quiet']) == 1
    assert 'no sound came' in capsys.readouterr().out.splitlines()[-1]


def test_a_name_that_fits_nothing_is_told_with_those_that_would(card, capsys):
    assert main(['doctor', '--microphone', 'jabra']) == 1
    assert "no microphone 'jabra'; have 0: USB Audio" in capsys.readouterr().out.splitlines()[-1]


@pytest.mark.parametrize('command', ['doctor', 'devices'])
def test_a_missing_portaudio_is_one_line(command, monkeypatch, capsys):
    def missing():
        raise DeviceError('PortAudio is missing: apt install libportaudio2')

    for module in (patient, command_devices):
        monkeypatch.setattr(module, 'load_portaudio', missing)
    assert main([command]) == 1
    said = capsys.readouterr()
    assert (said.out + said.err).splitlines()[-1].endswith('apt install libportaudio2')


def test_devices_are_listed_by_name_with_their_defaults(card, capsys):
    assert main(['devices']) == 0
    assert capsys.readouterr().out == (
        '0: USB Audio: mic (hw:1,0), 48000 Hz, microphone* (2), loudspeaker* (2)\n'
    )


class EchoingStream(FakeStream):
    """Its microphone hears its loudspeaker in a simulated room."""

    def _run(self) -> None:
        size = self.settings['blocksize']
        room, out = Room(self.settings['samplerate']), np.zeros((size, 2), np.int16)
        while not self._ended.is_set():
            heard = room.process(out[:, 0], np.zeros(size, np.int16))
            at_s = 1.0 + len(self.card.played) * BLOCK_MS / 1000
            times = SimpleNamespace(
                currentTime=at_s + 0.01, inputBufferAdcTime=at_s, outputBufferDacTime=at_s + 0.05
            )
            status = SimpleNamespace(input_overflow=False, output_underflow=False)
            out = np.zeros((size, 2), np.int16)
            self.settings['callback'](heard[:, np.newaxis], out, size, times, status)
            self.card.played.append(out)


class EchoingPortAudio(FakePortAudio):
    """Hands out such streams."""

    def Stream(self, device, **settings):  # noqa: N802
        stream = EchoingStream(self, self.cards[0], **settings)
        self.streams.append(stream)
        return stream


def test_a_sound_card_that_is_in_order_is_examined_and_written_down(
    card, monkeypatch, tmp_path, capsys
):
    monkeypatch.setattr(patient, 'load_portaudio', lambda: EchoingPortAudio(card))
    file = tmp_path / 'audio.yaml'
    assert main(['doctor', '--microphone', 'usb', '--json', '--write', str(file)]) == 0
    figures = json.loads(capsys.readouterr().out)['figures']
    assert figures['round_trip_ms'] == pytest.approx(80.0, abs=0.1)
    assert figures['echo_delay_ms'] == pytest.approx(30.0, abs=0.1)
    assert read_parameters(file.read_text()) == {
        'device': 'sound_card',
        'microphone': 'USB Audio: mic',
        'loudspeaker': 'USB Audio: mic',
        'microphone_channel': 0,
        'rate_hz': 48_000,
        'latency_ms': 20.0,
        'echo': 'webrtc',
    }


class OneLivingChannel(FakePortAudio):
    """Only the third channel of its microphone hears anything."""

    def Stream(self, device, **settings):  # noqa: N802
        self.cards[0].noise = 9 if settings['channels'][0] == 3 else 0
        return super().Stream(device, **settings)


def test_the_channels_that_hear_something_are_found():
    portaudio = OneLivingChannel(Card('Array', inputs=4))
    array = SoundCardPatient(SoundCardSettings(), portaudio)  # type: ignore[arg-type]
    assert array.living_channels() == [2]


def recorded(name: str, lost_blocks: int) -> SimpleNamespace:
    return SimpleNamespace(info=StreamInfo(name, name, 48_000), lost_blocks=lost_blocks)


@pytest.mark.parametrize(
    ('names', 'opened', 'written'),
    [
        (['USB "1" (hw:1,0)'], 'USB "1" (hw:1,0)', 'USB "1"'),
        (['USB (hw:1,0)', 'USB (hw:2,0)'], 'USB (hw:2,0)', 'USB (hw:2,0)'),
        (['pulse'], 'pulse', 'pulse'),
    ],
)
def test_devices_are_written_by_names_that_last(names, opened, written):
    portaudio = FakePortAudio(*(Card(name) for name in names))
    one = SoundCardPatient(SoundCardSettings(), portaudio)  # type: ignore[arg-type]
    values = read_parameters(as_yaml(one.parameters(recorded(opened, 0)), 'fine'))  # type: ignore[arg-type]
    assert values['microphone'] == values['loudspeaker'] == written
    assert values['rate_hz'] == 48_000


@pytest.mark.parametrize(
    ('lost', 'asked_ms', 'written_ms'),
    [(0, 20.0, 20.0), (3, 20.0, 40.0), (3, 100.0, 160.0), (3, 300.0, 300.0)],
)
def test_a_card_that_loses_sound_is_given_more_latency(lost, asked_ms, written_ms):
    portaudio = FakePortAudio(Card('USB'))
    one = SoundCardPatient(SoundCardSettings(latency_ms=asked_ms), portaudio)  # type: ignore[arg-type]
    values = {p.name: p.value for p in one.parameters(recorded('USB', lost))}  # type: ignore[arg-type]
    assert values['latency_ms'] == written_ms


def test_with_pipewire_the_node_leaves_the_echo_to_the_sound_server():
    measured = [
        Parameter('device', 'sound_card', ''),
        Parameter('microphone', 'USB', ''),
        Parameter('loudspeaker', 'USB', ''),
        Parameter('microphone_channel', 2, ''),
        Parameter('rate_hz', 44_100, ''),
        Parameter('latency_ms', 40.0, ''),
        Parameter('echo', 'half_duplex', ''),
    ]
    assert read_parameters(as_yaml(through_pipewire(measured), 'wrong: late')) == {
        'device': 'sound_card',
        'microphone': 'default',
        'loudspeaker': 'default',
        'latency_ms': 40.0,
        'echo': 'system',
    }


def test_the_pipewire_file_is_balanced_and_makes_the_nodes_that_it_tells_to_choose():
    settings = [line.split('#')[0] for line in PIPEWIRE.splitlines()]
    for opening, closing in ('{}', '[]'):
        assert '\n'.join(settings).count(opening) == '\n'.join(settings).count(closing)
    for line in PIPEWIRE.splitlines():
        if 'pactl set-default' in line:
            assert f'node.name = "{line.split()[-1]}"' in PIPEWIRE


class EndsAsItBegins(EchoingPortAudio):
    """So many of its streams end at once, as PortAudio's over a sound server sometimes do."""

    broken = 2

    def Stream(self, device, **settings):  # noqa: N802
        if self.broken:
            self.broken -= 1
            card = Card('a stream that ends')
            self.cards.append(card)
            stream = FakeStream(self, card, (0.02, 0.03), **settings)
            self.streams.append(stream)
            self.pull(card)
            return stream
        return super().Stream(device, **settings)


@pytest.mark.parametrize(('broken', 'status'), [(4, 0), (5, 1)])
def test_a_stream_that_ends_as_it_begins_is_opened_again_a_few_times(
    card, monkeypatch, capsys, broken, status
):
    portaudio = EndsAsItBegins(card)
    portaudio.broken = broken
    monkeypatch.setattr(patient, 'load_portaudio', lambda: portaudio)
    monkeypatch.setattr('personaplex_ros.audio.doctor.tape.STALLED_S', 0.2)
    assert main(['doctor', '--microphone', 'usb']) == status
    told = capsys.readouterr().out
    assert 'its stream ended' in told
    assert ('4 times' in told) == (status == 0)

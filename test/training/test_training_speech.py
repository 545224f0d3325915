# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""Speech is aligned, resumable and put into rooms the same way every time."""

from importlib.util import find_spec
import shutil

import fake_voice
import numpy as np
import pytest
import torch

from personaplex_ros.audio.format import SAMPLE_RATE_HZ
from training.evaluation.listen import f0_hz
from training.evaluation.listen import Recogniser
from training.speech import aligned
from training.speech import invented
from training.speech import pico
from training.speech import rhvoice
from training.speech import voices
from training.speech.corpus import Corpus
from training.speech.corpus import write_corpus
from training.speech.phones import SILENCE
from training.speech.plan import Amount
from training.speech.plan import INVENTED_FROM
from training.speech.plan import orders
from training.speech.plan import PEOPLE_FROM
from training.speech.plan import UNSEEN
from training.speech.rendering import NotInstalledError
from training.speech.rendering import SLOT_SAMPLES
from training.speech.rooms import babble_of
from training.speech.rooms import heard
from training.speech.rooms import Scene
from training.speech.throats import Throat
from training.speech.throats import with_throat
from training.speech.voices import AGENT_VOICES
from training.speech.voices import Manner
from training.text.domain import load_domain

PEOPLE = (voices.PICO, voices.RHVOICE)
TEXT = 'Turning left, at your service.'
flite = pytest.mark.skipif(shutil.which('flite') is None, reason='flite is not installed')
world = pytest.mark.skipif(find_spec('pyworld') is None, reason='pyworld is not installed')


def manners() -> list[Manner]:
    found = [
        pytest.param(voices.agent_manner(one, 0), marks=[flite, world]) for one in AGENT_VOICES
    ]
    throat = Throat(stretch=0.9, pitch=1.2, spread=1.0, tilt_db=3.0)
    return [
        *found,
        pytest.param(Manner(voices.FLITE, 'rms', 1.0, 120.0, throat=throat), marks=[flite, world]),
        Manner(voices.ESPEAK, 'gmw/en-US+f3', 150, 50),
        Manner(voices.PICO, pico.VOICES[0], 100, 100),
        Manner(voices.RHVOICE, rhvoice.VOICES[0], 100, 100),
    ]


@pytest.mark.parametrize('manner', manners())
def test_words_and_phones_lie_where_the_voice_says_them(manner):
    try:
        one = voices.render(TEXT, manner)
    except NotInstalledError as error:
        pytest.skip(str(error))
    starts = one.word_starts_s
    assert len(starts) == len(TEXT.split()) and list(starts) == sorted(starts)
    assert len(one.slots) == -(-len(one.samples) // SLOT_SAMPLES)
    loud = np.abs(one.samples[: len(one.slots) // 2 * SLOT_SAMPLES]).reshape(-1, SLOT_SAMPLES)
    spoken = one.slots[: len(loud)] != SILENCE
    assert loud.max(axis=1)[spoken].mean() > 1_000


@flite
@world
@pytest.mark.parametrize('voice', AGENT_VOICES, ids=lambda one: one.name)
def test_the_agents_voices_have_the_pitch_that_tells_them_apart(voice):
    sound = voices.render(TEXT, voices.agent_manner(voice, 0)).samples
    assert f0_hz(sound) == pytest.approx(voice.pitch_hz, rel=0.12)


@pytest.mark.parametrize('pitch_hz', [100.0, 200.0])
def test_the_pitch_meter_reads_a_tone(pitch_hz):
    time_s = np.arange(24_000) / 24_000
    tone = sum(np.sin(2 * np.pi * pitch_hz * k * time_s) / k for k in range(1, 6))
    assert f0_hz((5_000 * tone).astype(np.int16)) == pytest.approx(pitch_hz, rel=0.02)


@flite
def test_the_recogniser_hears_a_command():
    pytest.importorskip('pocketsphinx')
    sound = voices.render('turn to the left', Manner(voices.FLITE, 'slt', 1.0, 180.0)).samples
    assert Recogniser(['turn to the left', 'follow me', 'stop']).hear(sound) == 'turn to the left'


def test_unseen_voices_are_in_no_other_split(small):
    ordered = list(orders(load_domain(), Amount(1, PEOPLE_FROM + 10, 20)))
    unseen = {o.manner.voice.rpartition('+')[2] for o in ordered if o.split == UNSEEN}
    others = {o.manner.voice.rpartition('+')[2] for o in ordered if o.split != UNSEEN}
    assert unseen and not unseen & others


def test_invented_visitors_come_last_so_that_more_of_them_only_follow(small):
    ordered = list(orders(load_domain(), Amount(1, INVENTED_FROM + 10, 0)))
    own = [invented.PREFIX in one.manner.voice for one in ordered]
    assert any(own) and not any(own[: own.index(True)])
    assert sum(own[own.index(True) :]) > 0.7 * len(own[own.index(True) :])


def test_people_come_behind_everybody_else(small):
    ordered = list(orders(load_domain(), Amount(1, PEOPLE_FROM + 10, 2)))
    began = [one.manner.engine in PEOPLE or one.manner.throat is not None for one in ordered]
    assert all(began[began.index(True) :])
    assert len(began) - began.index(True) == 10 * len(load_domain().intents)


@pytest.fixture
def slt():
    return voices.render(TEXT, Manner(voices.FLITE, 'slt', 1.0, 180.0))


@flite
def test_words_are_found_where_the_synthesiser_puts_them(slt):
    pytest.importorskip('pocketsphinx')
    phones, words_s = aligned.align(TEXT, slt.samples / 32_768, SAMPLE_RATE_HZ)
    assert words_s == pytest.approx(slt.word_starts_s, abs=0.08)
    assert phones[-1].phone == SILENCE


@flite
def test_words_that_nobody_said_are_not_found(slt):
    pytest.importorskip('pocketsphinx')
    with pytest.raises(aligned.AlignmentError):
        aligned.align('please take me to the kitchen', slt.samples / 32_768, SAMPLE_RATE_HZ)


def vowel() -> np.ndarray:
    """A second at 120 Hz: all harmonics, those near 600 Hz loudest."""
    time_s = np.arange(SAMPLE_RATE_HZ) / SAMPLE_RATE_HZ
    heights = {n: 1 / (1 + ((120 * n - 600) / 150) ** 2) for n in range(1, 60)}
    wave = sum(height * np.sin(2 * np.pi * 120 * n * time_s) for n, height in heights.items())
    return (3_000 * wave).astype(np.int16)


def loudest_hz(sound: np.ndarray) -> float:
    """Return the middle of a spectrum's power."""
    power = np.abs(np.fft.rfft(sound)) ** 2
    return float(power @ np.fft.rfftfreq(len(sound), 1 / SAMPLE_RATE_HZ) / power.sum())


@world
def test_a_throat_moves_formants_and_pitch_and_keeps_the_time():
    before = vowel()
    after = with_throat(before, Throat(stretch=1.2, pitch=1.4, spread=1.0, tilt_db=0.0))
    assert len(after) == len(before)
    assert f0_hz(after) == pytest.approx(1.4 * 120, rel=0.03)
    assert loudest_hz(after) == pytest.approx(1.2 * loudest_hz(before), rel=0.1)


@world
def test_a_tilted_throat_has_more_treble():
    sound = vowel()
    bright, dark = (with_throat(sound, Throat(1.0, 1.0, 1.0, tilt)) for tilt in (6.0, -6.0))
    assert loudest_hz(bright) > loudest_hz(dark)


@pytest.mark.parametrize(('engine', 'voice'), [(voices.PICO, pico), (voices.RHVOICE, rhvoice)])
def test_a_missing_synthesiser_says_what_to_install(engine, voice, monkeypatch):
    monkeypatch.setenv('PATH', '')
    with pytest.raises(NotInstalledError, match=r'apt install .* non-free'):
        voices.render(TEXT, Manner(engine, voice.VOICES[0], 100, 100))


def colour(variant: str) -> np.ndarray:
    """Return a sentence's mean spectrum in dB; espeak-ng's noise is never twice the same."""
    try:
        one = voices.render(TEXT, Manner(voices.ESPEAK, f'gmw/en-US+{variant}', 150, 50))
    except NotInstalledError as error:
        pytest.skip(str(error))
    frames = one.samples[: len(one.samples) // 960 * 960].reshape(-1, 960)
    return 10 * np.log10(np.mean(np.abs(np.fft.rfft(frames)) ** 2, axis=0) + 1)


def test_an_invented_voice_is_always_itself_and_no_other():
    first, second, usual = (colour(one) for one in ('invented1', 'invented2', 'm1'))
    itself = np.abs(first - colour('invented1')).mean()
    assert itself < 0.5 * np.abs(first - second).mean()
    assert itself < 0.5 * np.abs(first - usual).mean()


def test_a_corpus_that_was_broken_off_goes_on_as_if_it_had_not_been(small, tmp_path):
    wanted = list(orders(load_domain(), Amount(1, 2, 1)))
    write_corpus(tmp_path / 'whole', wanted, speak=fake_voice.render)
    broken = tmp_path / 'broken'
    write_corpus(broken, wanted[:20], speak=fake_voice.render)
    with (
        (broken / 'samples.s16').open('ab') as samples,
        (broken / 'clips.jsonl').open('a') as clips,
    ):
        samples.write(b'half a clip')
        clips.write('{"role": "vis')
    write_corpus(broken, wanted, speak=fake_voice.render)
    for path in (tmp_path / 'whole').iterdir():
        assert path.read_bytes() == (broken / path.name).read_bytes(), path.name


def test_a_corpus_of_another_plan_is_refused(small, tmp_path):
    write_corpus(
        tmp_path, list(orders(load_domain(), Amount(1, 1, 1)))[:5], speak=fake_voice.render
    )
    other = list(orders(load_domain(), Amount(1, 1, 1)))[3:]
    with pytest.raises(ValueError, match='another plan'):
        write_corpus(tmp_path, other, speak=fake_voice.render)


def test_a_corpus_holds_what_was_ordered(spoken_home):
    corpus = Corpus(spoken_home.speech)
    for clip in corpus.clips[::7]:
        one = fake_voice.render(clip.text, Manner('', clip.voice, 0, 0))
        assert np.array_equal(corpus.samples(clip), one.samples)
        assert np.array_equal(corpus.slots(clip), one.slots)


def test_a_scene_is_the_same_for_the_same_seed_and_keeps_the_voice_dry_beside_it():
    speech = torch.randn(6, 24_000, generator=torch.Generator().manual_seed(0)) / 10
    scene = Scene(gain_db=(0, 0))
    first, dry = heard(speech, babble_of(speech), scene, torch.Generator().manual_seed(1))
    again, _ = heard(speech, babble_of(speech), scene, torch.Generator().manual_seed(1))
    assert torch.equal(first, again)
    assert torch.allclose(dry, speech)
    assert not torch.allclose(first, speech)

# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""The ear hears commands of the file behind the wake word, and nothing else."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from robot_hands import catalogue
from robot_hands import entry
from robot_hands import example
from robot_hands import Robot
import soundfile

from personaplex_ros.tools.ear.calls import Calls
from personaplex_ros.tools.ear.dither import Dither
from personaplex_ros.tools.ear.grammar import command_grammar
from personaplex_ros.tools.ear.grammar import EarError
from personaplex_ros.tools.ear.grammar import OFTEN
from personaplex_ros.tools.ear.level import CLEARLY_DB
from personaplex_ros.tools.ear.level import LEAST_DB
from personaplex_ros.tools.ear.level import MOST_DB
from personaplex_ros.tools.ear.level import SPEECH_DBFS
from personaplex_ros.tools.ear.level import VoiceLevel
from personaplex_ros.tools.ear.rehearing import Rehearing
from personaplex_ros.tools.ear.spelling import ways_to_spell
from personaplex_ros.tools.ear.sphinx import Span
from personaplex_ros.tools.ear.utterances import BEFORE_BLOCKS
from personaplex_ros.tools.ear.utterances import END_BLOCKS
from personaplex_ros.tools.ear.utterances import ONSET_BLOCKS
from personaplex_ros.tools.ear.utterances import Utterances
from personaplex_ros.tools.numbers import parse_number

HERE = Path(__file__).parent
SPEECH = HERE / 'speech'
PEOPLE = HERE.parents[1] / 'bench' / 'speech'
SILENCE = np.zeros(16_000, np.int16)


def knows_all(word: str) -> bool:
    return True


def test_every_number_is_spelled_so_that_it_is_read_back():
    for number in [*range(-20, 1_200), 2_000, 4_711, 10_000, 99_999, 999_999]:
        ways = list(ways_to_spell(number))
        assert ways
        for way in ways:
            assert parse_number(way.split()) == number, way


# The grammar


def rules(jsgf: str) -> dict[str, list[str]]:
    """Return the alternatives of every rule."""
    lines = [line for line in jsgf.splitlines() if ' = ' in line]
    pairs = (line.rstrip(';').split(' = ') for line in lines)
    return {name.removeprefix('public '): body.split(' | ') for name, body in pairs}


def test_the_grammar_has_the_users_phrases_and_the_wake_word_in_front():
    grammar = command_grammar(example(), 'robot', knows_all)
    assert grammar.left_out == ()
    heard = rules(grammar.jsgf)
    assert heard['<spoken>'][0].startswith('robot [please')
    assert 'go to the <go_to_place>' in heard['<command>']
    assert 'front desk' in heard['<go_to_place>']
    assert {f'/{OFTEN}/ zero', f'/{OFTEN}/ a hundred', '/1/ ninety nine'} <= set(
        heard['<set_brightness_percent>']
    )
    assert {'never mind', 'yes please', 'no'} <= set(heard['<command>'])


def test_what_only_the_agent_may_say_is_not_listened_for():
    tools = catalogue(entry() + entry('nod', 'agent', phrases='{agent: [i nod now]}'))
    assert 'nod' not in command_grammar(tools, 'robot', knows_all).jsgf


def test_words_without_a_pronunciation_cost_their_phrase_alone_and_are_told():
    tools = catalogue(entry(phrases='{user: [wave, frobnicate, frobnicate now]}'))
    grammar = command_grammar(tools, 'robot', lambda word: word != 'frobnicate')
    assert 'wave' in rules(grammar.jsgf)['<command>']
    assert grammar.left_out == ("wave: 'frobnicate' has no pronunciation in the dictionary",)


@pytest.mark.parametrize(
    ('wake_word', 'knows', 'reason'),
    [
        ('mira', knows_all, 'expected one of `address` \\(robot\\)'),
        ('robot', lambda word: word != 'robot', 'no pronunciation'),
        ('robot', lambda word: word == 'robot', 'no command'),
    ],
)
def test_where_nothing_can_be_listened_for_it_says_why(
    wake_word: str, knows: Callable[[str], bool], reason: str
):
    with pytest.raises(EarError, match=reason):
        command_grammar(catalogue(entry()), wake_word, knows)


def test_a_range_too_wide_to_tell_its_numbers_apart_is_told():
    wide = '{n: {type: integer, minimum: 0, maximum: 5000}}'
    phrases = "{user: ['wave {n}', 'wave {n} times']}"
    tools = catalogue(entry(parameters=wide, phrases=phrases) + entry('nod'))
    grammar = command_grammar(tools, 'robot', knows_all)
    assert grammar.left_out == ("wave: no value of 'n' can be listened for",)


# Where somebody speaks


def cut(voiced: str) -> list[int]:
    """Return the lengths, in blocks, of the utterances in a string of . and v."""
    flags = iter(voiced)
    utterances = Utterances(lambda block: next(flags) == 'v')
    lengths, length = [], 0
    for _ in voiced:
        length += len(utterances.push(np.zeros(1, np.int16)))
        if length and not utterances.is_open:
            lengths.append(length)
            length = 0
    return lengths


def test_an_utterance_has_the_sound_before_it_and_ends_after_a_pause():
    voiced = '.' * 40 + 'v' * 20 + '.' * 40
    assert cut(voiced) == [BEFORE_BLOCKS + 20 - ONSET_BLOCKS + END_BLOCKS]


def test_a_click_is_no_utterance_and_a_short_pause_does_not_cut_one():
    assert cut(('.' * 20 + 'v') * 20) == []
    pause = '.' * (END_BLOCKS - 1)
    assert len(cut('.' * 40 + 'v' * 20 + pause + 'v' * 20 + '.' * 40)) == 1


# How loud somebody speaks


def onset(dbfs: float) -> list[np.ndarray]:
    """Return silence and then noise of this level, as blocks."""
    noise = np.random.default_rng(1).normal(0.0, 32_768 * 10 ** (dbfs / 20), (6, 480))
    return [*np.zeros((11, 480), np.int16), *noise.astype(np.int16)]


@pytest.mark.parametrize('dbfs', [-35.0, -28.0, -10.0])
def test_a_voice_is_brought_to_the_level_that_the_ear_was_tuned_at(dbfs):
    gain_db = 20 * np.log10(VoiceLevel().gain_for(onset(dbfs)))
    assert gain_db == pytest.approx(SPEECH_DBFS - dbfs, abs=0.5)


def test_the_level_stays_while_voices_differ_little_and_follows_a_clear_change():
    level = VoiceLevel()
    assert level.gain_for(onset(-20.0 - CLEARLY_DB / 2)) == 1.0
    lower = level.gain_for(onset(-32.0))
    assert lower == level.gain_for(onset(-30.0)) > 3.0
    assert level.gain_for(onset(-20.0)) == pytest.approx(1.0, abs=0.05)


def test_silence_and_shouting_have_a_bounded_gain():
    level = VoiceLevel()
    assert level.gain_for(onset(-90.0)) == pytest.approx(10 ** (MOST_DB / 20))
    full = [np.full(480, -32_768, np.int16)] * 17
    assert level.gain_for(full) == pytest.approx(10 ** (LEAST_DB / 20))


# The noise under all sound


def test_silence_is_never_digital_silence_and_noise_has_its_level():
    dither = Dither(-50.0)
    blocks = [np.frombuffer(dither.under(np.zeros(480, np.int16)), np.int16) for _ in range(100)]
    noise = np.concatenate(blocks).astype(float)
    assert 20 * np.log10(noise.std() / 32_768) == pytest.approx(-50.0, abs=0.5)
    assert not np.array_equal(blocks[0], blocks[1])


def test_dither_neither_wraps_loud_samples_nor_moves_the_others():
    loud = np.full(480, -32_768, np.int16)
    assert np.frombuffer(Dither(-50.0).under(loud), np.int16).max() < -30_000
    soft = np.full(480, 1_000, np.int16)
    assert np.frombuffer(Dither(-66.0).under(soft), np.int16).mean() == pytest.approx(1_000, abs=5)


# Speech


@pytest.fixture(scope='module')
def make_spotter():
    """Give the maker; without pocketsphinx these tests are skipped."""
    pytest.importorskip('pocketsphinx')
    from personaplex_ros.tools.ear.spotter import Spotter

    return Spotter


@pytest.fixture
def spotter(make_spotter):
    """Give an ear for the shipped file."""
    return make_spotter(example(), 'robot')


def speech(path: Path, gain: float = 1.0) -> np.ndarray:
    samples, rate_hz = soundfile.read(path, dtype='int16')
    assert rate_hz == 16_000
    return np.concatenate((SILENCE, (samples * gain).astype(np.int16), SILENCE))


def hear(spotter, sound: np.ndarray, size: int = 320) -> list[str]:
    return [w for at in range(0, len(sound), size) for w in spotter.feed(sound[at : at + size])]


@pytest.mark.parametrize('name', sorted(path.stem for path in SPEECH.glob('robot_*.flac')))
def test_a_command_behind_the_wake_word_is_heard_and_acts(spotter, name):
    heard = hear(spotter, speech(SPEECH / f'{name}.flac'))
    assert heard == [name.replace('_', ' ')]
    robot = Robot(example())
    steps = robot.user(heard[0])
    assert steps[0].stage.name == 'PROPOSED' and steps[-1].stage.name != 'REFUSED'


@pytest.mark.parametrize('size', [1, 7, 160, 480, 100_000])
def test_it_does_not_matter_how_the_sound_is_cut(spotter, size):
    sound = speech(SPEECH / 'robot_turn_on_the_light.flac')
    assert hear(spotter, sound, size) == ['robot turn on the light']


@pytest.mark.parametrize('gain', [0.25, 0.8, 1.2])
def test_the_first_words_of_a_lower_or_louder_voice_are_heard_too(spotter, gain):
    sound = speech(SPEECH / 'robot_turn_on_the_light.flac', gain)
    assert hear(spotter, sound) == ['robot turn on the light']


@pytest.mark.parametrize(
    'name',
    [
        'turn_off_the_porch_light',
        'she_said_go_to_the_kitchen',
        'nobody_opened_the_museum_on_sunday',  # `nobody` sounds like `robot`
    ],
)
def test_without_the_wake_word_nothing_is_heard(spotter, name):
    assert hear(spotter, speech(SPEECH / f'{name}.flac')) == []


@pytest.mark.parametrize('said', ['tell_me_a_story', 'do_not_sit_down'])
def test_talk_behind_the_wake_word_is_no_command(spotter, said):
    assert hear(spotter, speech(SPEECH / f'talk_to_the_robot_{said}.flac')) == []


def test_other_words_are_in_the_grammar_unless_one_is_the_wake_word():
    head = 'version: 1\naddress: [robert]\nestop: {phrases: [emergency stop]}\n'
    words = rules(command_grammar(catalogue(entry(), head), 'robert', knows_all).jsgf)['<word>']
    assert {'nobody_', 'the_', 'never_'} <= set(words)
    assert 'robert_' not in words


@pytest.mark.parametrize('name', ['visitor.flac', 'robot.flac'])
def test_people_who_talk_of_other_things_are_not_heard(spotter, name):
    assert hear(spotter, speech(PEOPLE / name)) == []


def test_a_man_who_says_go_forward_ten_meters_is_heard(make_spotter):
    head = 'version: 1\naddress: [go]\nestop: {phrases: [emergency stop]}\n'
    metres = '{n: {type: integer, minimum: 1, maximum: 20}}'
    phrases = "{user: ['(forward|back) {n} meters']}"
    tools = catalogue(entry('drive', parameters=metres, phrases=phrases), head)
    sound = speech(PEOPLE / 'visitor.flac')[: 5 * 16_000]
    assert hear(make_spotter(tools, 'go'), sound) == ['go forward ten meters']


def test_a_call_in_the_middle_of_a_sentence_is_none(spotter):
    talk = speech(SPEECH / 'she_said_go_to_the_kitchen.flac')[16_000:-16_000]
    command = speech(SPEECH / 'robot_turn_on_the_light.flac')[16_000:]
    assert hear(spotter, np.concatenate((SILENCE, talk, command))) == []
    assert hear(spotter, np.concatenate((SILENCE, command))) == ['robot turn on the light']


def test_the_second_hearing_wants_the_wake_word_where_the_first_had_it_and_in_its_length(spotter):
    clip = speech(SPEECH / 'robot_turn_on_the_light.flac')[8_000:-8_000]
    blocks = list(clip[: len(clip) // 480 * 480].reshape(-1, 480))
    again = Rehearing(spotter.grammar.jsgf, Calls('robot', 'R OW B AA T'))
    assert again.command(blocks, [Span(50, 80)]) == 'robot turn on the light'
    assert again.command(blocks, [Span(9_000, 9_030)]) == ''
    drawling = Rehearing(spotter.grammar.jsgf, Calls('robot', 'R OW B AA T ' * 4))
    assert drawling.command(blocks, [Span(50, 80)]) == ''


def test_noise_and_silence_are_no_words(spotter):
    noise = np.random.default_rng(2).normal(0, 2_000, 80_000).astype(np.int16)
    for sound in (noise, np.zeros(80_000, np.int16), np.full(80_000, 32_767, np.int16)):
        assert hear(spotter, sound) == []


def test_speech_that_does_not_end_is_not_kept(spotter):
    words = speech(SPEECH / 'robot_turn_on_the_light.flac')[18_000:-18_000]
    endless = np.concatenate([words] * 12 + [SILENCE])
    assert hear(spotter, endless) == []
    assert hear(spotter, speech(SPEECH / 'robot_turn_on_the_light.flac')) != []


def test_a_sentence_with_a_hole_in_it_is_forgotten(spotter):
    sound = speech(SPEECH / 'robot_turn_on_the_light.flac')
    half = len(sound) // 2
    assert hear(spotter, sound[:half]) == []
    spotter.forget()
    assert hear(spotter, sound[half:]) == []
    assert hear(spotter, sound) == ['robot turn on the light']

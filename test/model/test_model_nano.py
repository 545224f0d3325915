# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""nano: the same files everywhere, heard, and quiet about silence."""

import filecmp

import numpy as np
import pytest
from safetensors.torch import load_file

from personaplex_ros.model.catalog import resolve_model
from personaplex_ros.model.checkpoint import CheckpointError
from personaplex_ros.model.nano import writer
from personaplex_ros.model.personaplex import PersonaPlex
from personaplex_ros.model.prompt import Prompt
from personaplex_ros.model.session import Sampling

QUIET = np.zeros(1920, dtype=np.int16)


@pytest.fixture(scope='module')
def nano(nano_files):
    return PersonaPlex.load(nano_files, device='cpu')


@pytest.fixture(scope='module')
def said(nano):
    """Ten seconds of nano after a prompt."""
    session = nano.open_session(Sampling(seed=4))
    session.prompt(Prompt('You are a friendly robot and your name is Ada.', 'NATF2'))
    outputs = [session.step(QUIET) for _ in range(125)]
    session.close()
    return outputs


def test_every_run_writes_the_same_bytes(nano_files, tmp_path):
    writer.write_nano(tmp_path)
    names = [str(path.relative_to(nano_files)) for path in nano_files.rglob('*') if path.is_file()]
    assert len(names) == 4 + 18
    same, different, absent = filecmp.cmpfiles(nano_files, tmp_path, names, shallow=False)
    assert (different, absent) == ([], []) and len(same) == len(names)


def test_the_cache_is_written_once_and_never_half(tmp_path, monkeypatch, nano_files):
    monkeypatch.setenv('XDG_CACHE_HOME', str(tmp_path))
    writes = []
    monkeypatch.setattr(writer, 'write_nano', lambda into: fake_write(into, writes))
    with pytest.raises(KeyboardInterrupt):
        resolve_model('nano')
    assert list((tmp_path / 'personaplex_ros').iterdir()) == []
    first = resolve_model('nano')
    assert first == resolve_model('nano') and first.parent == tmp_path / 'personaplex_ros'
    assert len(writes) == 2


def fake_write(directory, writes):
    writes.append(directory)
    (directory / 'half').write_text('')
    if len(writes) == 1:
        raise KeyboardInterrupt


def test_a_process_that_comes_second_takes_what_the_first_wrote(tmp_path, monkeypatch):
    monkeypatch.setenv('XDG_CACHE_HOME', str(tmp_path))

    def overtaken(directory):
        other = tmp_path / 'personaplex_ros' / f'nano-{writer._recipe_hash()}'
        other.mkdir()
        (other / 'config.json').write_text('theirs')
        (directory / 'config.json').write_text('ours')

    monkeypatch.setattr(writer, 'write_nano', overtaken)
    assert (resolve_model('nano') / 'config.json').read_text() == 'theirs'


def test_a_cache_that_cannot_be_written_is_told_with_the_way_out(tmp_path, monkeypatch):
    (tmp_path / 'file').write_text('')
    monkeypatch.setenv('XDG_CACHE_HOME', str(tmp_path / 'file'))
    with pytest.raises(CheckpointError, match='set XDG_CACHE_HOME'):
        resolve_model('nano')


def test_the_18_published_names_are_there_and_no_two_are_alike(nano, nano_files):
    names = [f'{kind}{i}' for kind, n in (('NAT', 4), ('VAR', 5)) for i in range(n)]
    assert nano.voices == sorted(f'{one[:3]}{sex}{one[3:]}' for one in names for sex in 'FM')
    voices = [
        load_file(nano_files / f'voices/{name}.safetensors')['codes'] for name in nano.voices
    ]
    assert len({tuple(codes.flatten().tolist()) for codes in voices}) == 18


def test_female_and_male_voices_share_no_code(nano, nano_files):
    codes = {'F': set(), 'M': set()}
    for name in nano.voices:
        stored = load_file(nano_files / f'voices/{name}.safetensors')['codes']
        codes[name[3]].update(stored.flatten().tolist())
    assert codes['F'] and codes['M'] and not codes['F'] & codes['M']


def test_silence_has_steady_codes_that_decode_to_silence(nano):
    nano._free[0].codec.reset()
    expected = nano._config.prompt.silence_codes
    for _ in range(5):
        codes = nano._free[0].codec.encode(QUIET)
        assert codes.flatten().tolist() == expected
        assert not nano._free[0].codec.decode(codes).any()


def test_a_tone_has_the_semantic_code_that_config_gives_it(nano):
    nano._free[0].codec.reset()
    time_s = np.arange(1920 * 40) / 24_000
    tone = (16_384 * np.sin(2 * np.pi * 440 * time_s)).astype(np.int16).reshape(-1, 1920)
    codes = [int(nano._free[0].codec.encode(frame)[0, 0, 0]) for frame in tone]
    assert nano._config.prompt.sine_codes[0] in codes[20:]  # 35.2 periods a frame: they take turns


def test_its_voice_is_audible_and_never_clips(said):
    samples = np.concatenate([one.pcm for one in said]).astype(np.float32) / 32_768
    assert -30 < 20 * np.log10(samples.std()) < -20
    assert np.abs(samples).max() < 0.9


def test_it_pads_most_frames_and_says_words_in_others(said):
    padding = np.mean([one.text_id == 3 for one in said])
    assert 0.6 < padding < 0.95
    words = ''.join(one.piece for one in said).split()
    assert len(words) > 5 and all(word.isalpha() for word in words)


def test_any_plain_prompt_is_encoded_without_unknown_pieces(nano):
    text = '<system> Information: (9:30-18:00), "Zoe\'s" QUIZ & 50% more; yes/no? <system>'
    ids = nano._tokenizer.encode(text)
    assert 0 not in ids and ids.count(4) == 2
    assert nano._tokenizer.id_to_piece(4) == '<system>'

# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""Clips become codes once: what was encoded is kept, whatever comes in between."""

from dataclasses import replace
from multiprocessing.pool import ThreadPool
from pathlib import Path
import shutil
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from training import processes
from training import recipe
from training.lm import batches
from training.lm import encode
from training.lm.banks import Banks
from training.lm.banks import CodeBank
from training.lm.banks import Entry
from training.lm.banks import load_banks
from training.lm.banks import save_banks
from training.lm.banks import VISITORS
from training.lm.batches import Conversations
from training.lm.batches import Shares
from training.settings import Home
from training.speech.corpus import Corpus
from training.speech.plan import TRAIN
from training.speech.plan import VISITOR

CPU = torch.device('cpu')


def unbanked(home: Home, path: Path) -> Home:
    """Return a home of its own, with the codec and no codes."""
    shutil.copytree(home.path, path, ignore=shutil.ignore_patterns('banks'))
    return Home(path)


def same_banks(one: Home, other: Home) -> bool:
    banks = [CodeBank.load(home.banks, VISITORS) for home in (one, other)]
    voices = sorted({voice for _, voice in banks[0].clips()})
    codes = [[one.codes for voice in voices for one in bank.all_of(voice)] for bank in banks]
    return banks[0].clips() == banks[1].clips() and all(map(np.array_equal, *codes))


def test_clips_are_encoded_side_by_side_as_they_are_in_turn(coded_home, monkeypatch, tmp_path):
    monkeypatch.setattr(encode, 'ROUND', 4)
    monkeypatch.setattr(processes, 'get_context', lambda method: SimpleNamespace(Pool=ThreadPool))
    in_turn, beside = (unbanked(coded_home, tmp_path / str(jobs)) for jobs in (1, 3))
    count = encode.encode_all(in_turn, CPU, takes=1)
    assert count > 3 * encode.ROUND
    assert encode.encode_all(beside, CPU, takes=1, jobs=3) == count
    assert same_banks(in_turn, beside)


def test_banks_go_on_behind_the_last_whole_round(coded_home, monkeypatch, tmp_path):
    monkeypatch.setattr(encode, 'ROUND', 4)
    straight, broken = (unbanked(coded_home, tmp_path / name) for name in ('straight', 'broken'))
    count = encode.encode_all(straight, CPU, takes=1)
    visitors = encode.Encoder.visitors

    def until_the_third(encoder, corpus, clips, speeds, scenes):
        if scenes == 2:
            raise KeyboardInterrupt
        return visitors(encoder, corpus, clips, speeds, scenes)

    with monkeypatch.context() as patch:
        patch.setattr(encode.Encoder, 'visitors', until_the_third)
        with pytest.raises(KeyboardInterrupt):
            encode.encode_all(broken, CPU, takes=1)
    assert len(CodeBank.load(broken.banks, VISITORS)) == 2 * encode.ROUND
    assert encode.encode_all(broken, CPU, takes=1) == count
    assert same_banks(straight, broken)


@pytest.fixture
def home(banked_home, tmp_path) -> Home:
    """A home of its own, with codes."""
    shutil.copytree(banked_home.path, tmp_path / 'home')
    return Home(tmp_path / 'home')


@pytest.fixture
def encoded(monkeypatch) -> list[tuple[str, str]]:
    """Text and voice of each clip that is encoded from now on; its codes are no codes."""
    made = []

    def entries(encoder, corpus, clips, speeds, scenes):
        made.extend((one.text, one.voice) for one in clips)
        codes = np.zeros((recipe.CODEBOOKS, 1), dtype=np.int16)
        told = ('role', 'split', 'intent', 'text', 'voice', 'word_starts_s')
        return [Entry(codes, 1, **{name: getattr(one, name) for name in told}) for one in clips]

    monkeypatch.setattr(encode.Encoder, 'visitors', entries)
    monkeypatch.setattr(encode, 'ROUND', 4)
    return made


def visitors_in(home: Home) -> list[tuple[str, str]]:
    return CodeBank.load(home.banks, VISITORS).clips()


def test_what_is_encoded_is_not_encoded_again(home, encoded):
    before = visitors_in(home)
    assert encode.encode_all(home, CPU, takes=1) == len(before)
    assert not encoded


def test_a_bank_that_ends_within_a_round_is_gone_on_with(home, encoded):
    before, codes = visitors_in(home), load_banks(home.banks).visitors.first(6)
    codes.save(home.banks, VISITORS)
    encode.encode_all(home, CPU, takes=1)
    assert encoded == before[6:] and visitors_in(home) == before
    kept = load_banks(home.banks).visitors
    assert all(np.array_equal(kept._entry(n).codes, codes._entry(n).codes) for n in range(6))


def test_what_the_clips_of_today_begin_with_is_kept_when_there_are_more_takes(home, encoded):
    once = [(one.text, one.voice) for one in Corpus(home.speech).of(VISITOR, TRAIN)]
    count = encode.encode_all(home, CPU, takes=2)
    assert visitors_in(home)[len(once) :] == encoded
    assert len(encoded) == count - len(once) and encoded[: len(once)] == once


def test_who_asks_for_less_than_there_is_loses_nothing(home, encoded, monkeypatch):
    monkeypatch.setattr(encode, 'PEOPLE_MORE_TAKES', 0)
    before = visitors_in(home)
    assert encode.encode_all(home, CPU, takes=1, most=5) == 5
    assert visitors_in(home) == before and not encoded


def test_codes_of_another_encoder_are_made_anew(home, encoded, monkeypatch):
    before = visitors_in(home)
    monkeypatch.setattr(encode, 'sharp_step', lambda folder: 7)
    monkeypatch.setattr(encode, '_banks', lambda home, corpus, device: emptied(home, 7))
    encode.encode_all(home, CPU, takes=1)
    assert encoded == before == visitors_in(home)
    assert load_banks(home.banks).sharp_step == 7


def test_a_full_bank_stays_until_a_round_is_there_to_replace_it(home, encoded, monkeypatch):
    before = visitors_in(home)
    monkeypatch.setattr(encode, 'sharp_step', lambda folder: 7)
    monkeypatch.setattr(encode, '_banks', lambda home, corpus, device: emptied(home, 7))

    def interrupted(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(encode.Encoder, 'visitors', interrupted)
    with pytest.raises(KeyboardInterrupt):
        encode.encode_all(home, CPU, takes=1)
    assert visitors_in(home) == before and load_banks(home.banks).sharp_step == 0


def emptied(home: Home, sharp_step: int) -> Banks:
    """Return what there is but the visitors, as of another encoder."""
    nobody = CodeBank.of([])
    return replace(load_banks(home.banks), visitors=nobody, sharp_step=sharp_step)


def test_jobs_are_refused_where_they_would_encode_on_the_cpu_unasked(home, monkeypatch, capsys):
    asked = ['encode', '--home', str(home.path), '--device', 'cuda', '--jobs', '2']
    monkeypatch.setattr('sys.argv', asked)
    with pytest.raises(SystemExit):
        encode.main()
    assert '2 jobs encode on the CPU alone' in capsys.readouterr().err


def test_banks_that_became_codes_of_another_codec_are_not_learnt_from(home, monkeypatch):
    monkeypatch.setattr(batches, 'BATCHES_A_LOAD', 1)
    banks = load_banks(home.banks)
    shares = Shares(listening=0.0, prompts=0.0)
    drawn = iter(Conversations(home, 1, 0, 300, shares, banks.codec_step))
    next(drawn)
    save_banks(home.banks, replace(banks, codec_step=banks.codec_step + 1))
    with pytest.raises(ValueError, match='remove lm and begin anew'):
        next(drawn)

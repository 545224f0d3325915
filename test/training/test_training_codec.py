# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""The codec trains by moshi's own modules and comes out as the product loads it."""

import copy
import shutil

import pytest
import torch

from personaplex_ros.audio.format import SAMPLES_PER_FRAME
from training import recipe
from training.codec import reader as reader_module
from training.codec import train as codec_train
from training.codec import utterances as utterances_module
from training.codec.adversary import Adversary
from training.codec.adversary import adversary_loss
from training.codec.batches import PHONE_DELAY_SLOTS
from training.codec.batches import Pieces
from training.codec.export import POLISH
from training.codec.export import SHARP
from training.codec.export import sharp_step
from training.codec.export import trained_codec
from training.codec.losses import SpectralLoss
from training.codec.network import CodecNetwork
from training.codec.polish import PolishTrainer
from training.codec.reader import misread
from training.codec.reader import phone_reader
from training.codec.reader import PhoneReader
from training.codec.sharpen import SharpenTrainer
from training.codec.train import CodecTrainer
from training.codec.utterances import LEAD_FRAMES
from training.codec.utterances import steady_silence
from training.codec.utterances import teller
from training.codec.utterances import Utterances
from training.codec.utterances import utterances
from training.lm.train import LanguageTrainer
from training.loop import run
from training.loop import STATE
from training.settings import Home
from training.speech.corpus import Corpus
from training.speech.plan import AGENT
from training.speech.plan import TRAIN
from training.speech.plan import VISITOR
from training.speech.voices import AGENT_VOICES

CPU = torch.device('cpu')


@pytest.fixture
def tellers(monkeypatch) -> list[str]:
    """No synthesiser: visitors say it again themselves. Returns the voices that were asked for."""
    asked = []

    def same(samples, word_starts_s, text, voice, note_hz):
        asked.append(voice)
        return samples

    monkeypatch.setattr(utterances_module, 'retold', same)
    return asked


@pytest.fixture
def brief_reader(monkeypatch):
    """The phone reader learns for two steps."""
    monkeypatch.setattr(reader_module, 'STEPS', 2)
    monkeypatch.setattr(reader_module, 'BATCH', 2)


def stored(home: Home) -> dict:
    return torch.load(home.codec / STATE, weights_only=True)


def test_one_pass_of_ours_is_moshis_own_pass(small):
    network = CodecNetwork().eval()
    sound = torch.randn(2, 1, 8 * 1_920) / 10
    for codebook in network.codebooks():
        codebook.embedding_sum.normal_()
        codebook._initialized.fill_(1)
    ours = network.quantized(sound, len(sound))
    assert torch.allclose(ours.sound, network.mimi(sound).x, atol=1e-5)


def test_the_codebooks_begin_behind_the_plain_part_and_all_their_entries_are_used(coded_home):
    state = stored(coded_home)['trainer']['network']
    usages = [value for name, value in state.items() if name.endswith('cluster_usage')]
    assert len(usages) == recipe.CODEBOOKS
    assert all(float(usage.min()) > 0 for usage in usages)


def test_training_goes_on_from_where_it_was(coded_home, tmp_path, monkeypatch):
    monkeypatch.setattr(codec_train, 'WARM_STEPS', 1)
    corpus = Corpus(coded_home.speech)
    straight = CodecTrainer(corpus, CPU, steps=4, batch=4)
    begun = copy.deepcopy(straight.network.mimi.state_dict())
    run(straight, tmp_path / 'straight', steps=4, minutes=0)
    run(CodecTrainer(corpus, CPU, steps=4, batch=4), tmp_path / 'parts', steps=2, minutes=0)
    parts = CodecTrainer(corpus, CPU, steps=4, batch=4)
    assert run(parts, tmp_path / 'parts', steps=4, minutes=0) == 4
    way = moved(begun, straight.network.mimi.state_dict())
    # moments are kept in bfloat16, so this is near and not equal
    assert moved(straight.network.mimi.state_dict(), parts.network.mimi.state_dict()) < 0.2 * way
    assert (tmp_path / 'parts' / 'curves.png').stat().st_size > 1_000


def test_the_exported_codebooks_are_the_trained_ones_and_fit_half_precision(coded_home):
    network = CodecNetwork()
    network.load_state_dict(stored(coded_home)['trainer']['network'])
    mimi = trained_codec(coded_home.codec)
    for name, value in mimi.state_dict().items():
        assert torch.isfinite(value.half()).all(), name
        if name.endswith('cluster_usage'):
            assert torch.equal(value, torch.ones_like(value))
    sound = torch.randn(1, 1, 6 * 1_920) / 10
    network.eval()
    assert torch.equal(mimi.encode(sound), network.mimi.encode(sound))


def test_pieces_hold_the_phones_of_their_own_sound(spoken_home):
    pieces = Pieces(Corpus(spoken_home.speech), CPU, frames=6, agent_share=0.5, seed=3)
    batch = pieces.draw(32)
    loud = batch.wanted.view(*batch.slots.shape, -1).abs().amax(dim=-1) > 0.02
    loud = loud.roll(PHONE_DELAY_SLOTS, dims=1)
    spoken = batch.slots > 0
    spoken[:, :PHONE_DELAY_SLOTS] = False
    assert spoken.any() and (loud & spoken).sum() > 0.8 * spoken.sum()


def test_digital_silence_costs_nothing_where_it_is_met_and_little_where_it_is_nearly():
    loss = SpectralLoss()
    silence = torch.zeros(1, 12_000)
    assert float(loss(silence, silence)[0]) < 1e-3
    assert float(loss(silence + 1e-5, silence)[0]) < 0.2


def test_a_piece_to_polish_with_is_the_sound_of_its_own_codes():
    number = torch.arange(40)
    codes = number.expand(8, -1).short()
    whole = Utterances(
        codes, number.short().repeat_interleave(SAMPLES_PER_FRAME), torch.tensor([0, 12, 40]), 1
    )
    found, sound = whole.cut(torch.tensor([0, 1, 1]), torch.tensor([0.0, 0.0, 0.999]), frames=10)
    assert found[:, 3, 0].tolist() == [0, 12, 30]
    frames = sound.view(3, 10, SAMPLES_PER_FRAME) * utterances_module.FULL_SCALE
    assert torch.equal(frames[:, :, -1].long(), found[:, 0])


def test_the_agent_says_again_what_visitors_say_and_its_own_as_it_is(
    coded_home, tellers, tmp_path
):
    made = utterances(coded_home, tmp_path, CPU)
    corpus = Corpus(coded_home.speech)
    visitors = corpus.of(VISITOR, TRAIN)
    assert len(tellers) == len(visitors) == len(made.first) - 1 - made.agents
    assert made.agents == len(corpus.of(AGENT, TRAIN))
    assert len(made.wanted) == made.codes.shape[1] * SAMPLES_PER_FRAME == made.first[-1] * 1_920


def test_the_agents_words_come_out_of_the_silence_that_the_product_speaks(
    coded_home, tellers, tmp_path
):
    made = utterances(coded_home, tmp_path, CPU)
    silence = steady_silence(trained_codec(coded_home.codec, sharp=False), LEAD_FRAMES)
    for first in made.first[: made.agents].tolist():
        assert torch.equal(made.codes[:, first : first + LEAD_FRAMES].long(), silence)


def test_each_of_the_agents_voices_is_kept_back_for_judging(coded_home, tellers, brief_reader):
    trainer = PolishTrainer(coded_home, CPU, steps=2, batch=3, adversary_from=1.0)
    agents = Corpus(coded_home.speech).of(AGENT, TRAIN)
    kept = trainer._kept_back(agents=True).tolist()
    assert {agents[number].voice for number in kept} == {one.name for one in AGENT_VOICES}


@pytest.mark.parametrize(
    ('voice', 'name'),
    [('slt', 'slt'), ('rhvoice/slt', 'slt'), ('slt*0.91', 'rms'), ('gmw/en-US+m1', 'rms')],
)
def test_only_she_herself_is_told_again_by_the_woman(voice, name):
    assert teller(voice).name == name


def test_sharpening_changes_the_encoder_and_nothing_that_reads_codes(coded_home, tmp_path):
    home = Home(tmp_path)
    shutil.copytree(coded_home.path, home.path, dirs_exist_ok=True)
    before, sound = trained_codec(home.codec), torch.randn(1, 1, 6 * 1_920) / 10
    run(SharpenTrainer(home, CPU, steps=2, batch=4), home.codec / SHARP, steps=2, minutes=0)
    after = trained_codec(home.codec)
    codes = before.encode(sound)
    assert torch.equal(after.decode(codes), before.decode(codes))
    assert not torch.equal(after.encoder(sound), before.encoder(sound))
    assert torch.equal(trained_codec(home.codec, sharp=False).encode(sound), codes)


def test_sharpening_goes_on_from_where_it_was(coded_home, tmp_path):
    home = Home(tmp_path)
    shutil.copytree(coded_home.path, home.path, dirs_exist_ok=True)
    run(SharpenTrainer(home, CPU, steps=4, batch=4), home.codec / SHARP, steps=2, minutes=0)
    begun = sharp_step(home.codec)
    run(SharpenTrainer(home, CPU, steps=4, batch=4), home.codec / SHARP, steps=4, minutes=0)
    assert (begun, sharp_step(home.codec)) == (2, 4)


def test_an_encoder_sharpened_for_another_codec_is_not_trained_on(coded_home):
    trainer = SharpenTrainer(coded_home, CPU, steps=2, batch=2)
    with pytest.raises(ValueError, match='remove codec/sharp'):
        trainer.restore({**trainer.state(), 'codec_step': 5})


TRAINERS = {
    'codec': lambda home: CodecTrainer(Corpus(home.speech), CPU, steps=9, batch=4),
    'sharpen': lambda home: SharpenTrainer(home, CPU, steps=9, batch=4),
    'polish': lambda home: PolishTrainer(home, CPU, steps=9, batch=3, adversary_from=0.0),
    'lm': lambda home: LanguageTrainer(home, CPU, steps=9, batch=2, workers=0),
}


@pytest.mark.parametrize('name', TRAINERS)
def test_all_that_a_trainer_knows_comes_back(name, banked_home, tellers, brief_reader):
    trainer = TRAINERS[name](banked_home)
    fresh = TRAINERS[name](banked_home)
    for index in range(2):
        trainer.step(index)
    assert not same(trainer.state(), fresh.state())
    fresh.restore(copy.deepcopy(trainer.state()))
    assert same(trainer.state(), fresh.state())


def same(one, other) -> bool:
    """Compare what two states hold, to the last tensor."""
    if isinstance(one, torch.Tensor):
        return torch.equal(one, other)
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(same(one[key], other[key]) for key in one)
    if isinstance(one, list | tuple):
        return len(one) == len(other) and all(map(same, one, other))
    return one == other


def moved(one: dict, other: dict) -> float:
    """Return how far two networks are apart, their codebooks too."""
    both = [(one[name].double(), other[name].double()) for name in one]
    return sum(float((a - b).square().sum()) for a, b in both) ** 0.5


def test_polish_is_judged_by_clips_that_it_does_not_learn_from(coded_home, tellers, brief_reader):
    trainer = PolishTrainer(coded_home, CPU, steps=2, batch=3, adversary_from=1.0)
    kept = {int(one) for agents in (True, False) for one in trainer._kept_back(agents)}
    drawn = {int(one) for _ in range(200) for one in trainer._drawn()[0]}
    clips = len(trainer._utterances.first) - 1
    assert kept and drawn == set(range(clips)) - kept


def test_judging_the_polish_draws_nothing_of_the_training(coded_home, tellers, brief_reader):
    trainer = PolishTrainer(coded_home, CPU, steps=2, batch=3, adversary_from=1.0)
    before = trainer.state()['random']
    told = trainer.judge()
    assert torch.equal(trainer.state()['random'], before)
    assert told == trainer.judge() and told['judged mel of visitors'] > 0


def test_polish_changes_the_decoder_and_no_code(coded_home, tellers, brief_reader):
    sound = torch.randn(1, 1, 6 * 1_920) / 10
    before = trained_codec(coded_home.codec)
    codes = before.encode(sound)
    trainer = PolishTrainer(coded_home, CPU, steps=2, batch=3, adversary_from=0.5)
    run(trainer, coded_home.codec / POLISH, steps=2, minutes=0)
    after = trained_codec(coded_home.codec)
    assert torch.equal(after.encode(sound), codes)
    assert not torch.equal(after.decode(codes), before.decode(codes))


def test_a_sound_reads_like_itself_and_not_like_another():
    torch.manual_seed(0)
    reader, sound = PhoneReader(), torch.randn(2, 4 * SAMPLES_PER_FRAME) / 10
    assert misread(reader, sound, sound).item() == pytest.approx(0.0, abs=1e-5)
    assert misread(reader, sound, sound.flip(1)).item() > 0.01


def test_what_is_misread_tells_the_sound_how_to_be_understood():
    torch.manual_seed(0)
    reader = PhoneReader()
    wanted = torch.sin(torch.arange(4 * SAMPLES_PER_FRAME) * 0.05)[None] / 4
    made = (torch.randn_like(wanted) / 10).requires_grad_()
    before = misread(reader, made, wanted)
    before.backward()
    better = made.detach() - 0.01 * made.grad / made.grad.norm()
    assert misread(reader, better, wanted).item() < before.item()


def test_the_reader_reads_two_phones_of_a_frame():
    reading = PhoneReader()(torch.zeros(2, 6 * SAMPLES_PER_FRAME))
    assert reading.phones.shape[:3] == (2, 6, 2)
    assert [one.shape[2] for one in reading.features] == [6 * 8] * len(reading.features)


def test_the_reader_is_trained_once_and_stands_still(coded_home, tmp_path, brief_reader):
    path = tmp_path / 'reader.pt'
    first = phone_reader(coded_home, path, CPU)
    written = path.stat().st_mtime_ns
    again = phone_reader(coded_home, path, CPU)
    assert path.stat().st_mtime_ns == written
    assert not any(one.requires_grad for one in again.parameters())
    assert torch.equal(first.head.weight, again.head.weight)


@pytest.mark.parametrize('later', [SHARP, POLISH])
def test_what_was_trained_on_from_other_codes_is_refused(coded_home, tmp_path, later):
    folder = tmp_path / 'codec'
    shutil.copytree(coded_home.codec, folder, ignore=shutil.ignore_patterns(POLISH))
    (folder / later).mkdir()
    torch.save({'step': 1, 'trainer': {'codec_step': 5}}, folder / later / STATE)
    with pytest.raises(ValueError, match='another step'):
        trained_codec(folder)


def test_the_adversary_learns_to_tell_noise_from_a_tone():
    torch.manual_seed(0)
    adversary = Adversary()
    optimizer = torch.optim.Adam(adversary.parameters(), lr=2e-3)
    tone = torch.sin(torch.arange(12_000) * 0.1).expand(2, -1)
    losses = []
    for _ in range(12):
        loss = adversary_loss(adversary(tone), adversary(torch.randn(2, 12_000)))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(float(loss.detach()))
    assert losses[-1] < 0.7 * losses[0]

# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""Conversations are laid out as the product runs them, and a trained model is one it loads."""

import numpy as np
import pytest
import sentencepiece
import torch

from personaplex_ros.model.lm import FREE
from personaplex_ros.model.personaplex import PersonaPlex
from personaplex_ros.model.prompt import position_table
from training import export
from training import recipe
from training.evaluation.replies import asked_clips
from training.evaluation.replies import replies
from training.evaluation.replies import reply_figures
from training.evaluation.run import with_speed
from training.export import write_model
from training.lm.augment import Blur
from training.lm.augment import blurred
from training.lm.banks import load_banks
from training.lm.batches import as_batch
from training.lm.batches import composer
from training.lm.batches import FRAMES_AFTER_PROMPT
from training.lm.batches import SHORT_FRAMES
from training.lm.batches import shortest
from training.lm.compose import Manners
from training.lm.dialogue import AGENT
from training.lm.dialogue import Canvas
from training.lm.dialogue import NO_INTENT
from training.lm.dialogue import STOP_FRAMES
from training.lm.dialogue import TEXT
from training.lm.dialogue import TEXT_LEAD_FRAMES
from training.lm.dialogue import UNSAID
from training.lm.dialogue import USER
from training.lm.free import forced_table
from training.lm.network import LanguageNetwork
from training.lm.train import LanguageTrainer
from training.loop import run
from training.model_card import CARD
from training.model_config import model_config
from training.recipe import LM
from training.settings import Home
from training.settings import seeded
from training.speech.corpus import Corpus
from training.speech.plan import KNOWN
from training.speech.plan import TRAIN
from training.speech.plan import UNSEEN
from training.text.domain import load_domain

CPU = torch.device('cpu')
LENGTH = 200


def composing(home: Home, **manners):
    made = composer(load_banks(home.banks), home.vocabulary, TRAIN)
    made._manners = Manners(**manners)
    return made


def drawn(home: Home, count: int, **manners):
    made, rng = composing(home, **manners), seeded('test')
    return [made.conversation(rng, LENGTH) for _ in range(count)]


def silent(home: Home, dialogue) -> np.ndarray:
    """Return which frames of the agent are its silence: bool [T]."""
    codes = np.array(load_banks(home.banks).silence_codes)[:, None]
    return (dialogue.frames[AGENT] == codes).all(axis=0)


def test_the_text_comes_before_the_sound_and_the_sound_after_the_question(banked_home):
    asked = 0
    for one in drawn(banked_home, 20, barge_in=0.0, nobody=0.0):
        sound = np.flatnonzero(one.speaking)
        words = np.flatnonzero(one.frames[TEXT, one.prompt :] > recipe.PAD) + one.prompt
        understood = np.flatnonzero(one.intents != NO_INTENT)
        if len(sound) and len(words):
            assert words[0] + TEXT_LEAD_FRAMES in (sound[0], sound[0] + 1)
            assert understood[0] < words[0]
            asked += 1
    assert asked


def test_an_interrupted_agent_is_silent_a_few_frames_later(banked_home, monkeypatch):
    asked, answered, ask, answer = [], [], Canvas.ask, Canvas.answer

    def asking(canvas, dialogue, clip, at):
        asked.append(at)
        return ask(canvas, dialogue, clip, at)

    def answering(canvas, dialogue, clip, text_at):
        answered.append(answer(canvas, dialogue, clip, text_at))
        return answered[-1]

    monkeypatch.setattr(Canvas, 'ask', asking)
    monkeypatch.setattr(Canvas, 'answer', answering)
    made, rng, interrupted = composing(banked_home, barge_in=1.0, nobody=0.0), seeded('test'), 0
    for _ in range(20):
        asked.clear(), answered.clear()
        one = made.conversation(rng, LENGTH)
        still = silent(banked_home, one)
        for (begin, end), onset, (after, _) in zip(
            answered, asked[1:], answered[1:], strict=False
        ):
            stopped = onset + STOP_FRAMES[1]
            assert one.speaking[begin : onset + STOP_FRAMES[0]].all()
            assert still[stopped:after].all() and not one.speaking[stopped:after].any()
            text = one.frames[TEXT, stopped : after - TEXT_LEAD_FRAMES - 1]
            assert (text == recipe.PAD).all()
            interrupted += stopped < min(end, LENGTH)
    assert interrupted > 10


def test_a_prompt_leaves_more_than_half_of_a_conversation_to_it(banked_home):
    made, rng = composing(banked_home), seeded('prompts')
    prompts = [made.prompted(rng, SHORT_FRAMES).prompt for _ in range(100)]
    assert min(prompts) > 0 and max(prompts) < SHORT_FRAMES // 2


def test_where_nobody_asks_nobody_answers(banked_home):
    for one in drawn(banked_home, 6, nobody=1.0):
        assert not one.speaking.any()
        assert silent(banked_home, one)[one.prompt :].all()
        assert (one.frames[TEXT, one.prompt :] == recipe.PAD).all()


def test_noise_and_babble_reach_the_user_rows_alone(banked_home):
    for one in drawn(banked_home, 6, nobody=1.0, silence=0.0, babble=1.0):
        assert len(np.unique(one.frames[USER, one.prompt :], axis=1).T) > 1
        assert silent(banked_home, one)[one.prompt :].all()


def test_a_prompt_lies_at_the_positions_where_the_product_puts_it(banked_home):
    banks = load_banks(banked_home.banks)
    config = model_config(banks.silence_codes, banks.sine_codes)
    dialogue = drawn(banked_home, 1)[0]
    batch = as_batch([dialogue])
    table = LanguageNetwork(4, 4).table(**batch).positions[0]
    wanted = position_table(config, batch['frames'][0, :, : dialogue.prompt])
    assert torch.equal(table[:, : dialogue.prompt], wanted)


def test_what_is_learnt_is_what_moshis_streaming_generation_computes(banked_home):
    from moshi.models.lm import LMGen

    network = LanguageNetwork(4, 4).eval()
    batch = as_batch(drawn(banked_home, 2))
    frames = batch['frames'][:, :, :60]
    batch = {name: value[..., :60] for name, value in batch.items()}
    table = network.table(**batch).positions
    with torch.no_grad():
        _, logits = network.lm.forward_text(table[:, :, :-1])
    streamed, position = [], 0
    forced = forced_table(frames, torch.tensor([60, 60]), network.lm.delays)
    generator = LMGen(
        network.lm,
        on_text_logits_hook=lambda one: streamed.append(one[:, 0, 0].clone()),
        on_text_hook=lambda token: token.copy_(forced[:, TEXT, position]),
        on_audio_hook=lambda tokens: tokens.copy_(forced[:, AGENT, position]),
    )
    with generator.streaming(2):
        for frame in range(59):
            position = frame + 1
            generator.step(frames[:, USER, frame : frame + 1])
    assert torch.allclose(torch.stack(streamed, dim=1), logits[:, 0], atol=1e-4)


def test_the_model_is_free_behind_the_prompt_only(banked_home):
    batch = as_batch(drawn(banked_home, 2))
    forced = forced_table(batch['frames'], batch['prompts'], LM['delays'])
    for row, prompt in enumerate(batch['prompts'].tolist()):
        assert (forced[row, TEXT, :prompt] != FREE).all()
        assert (forced[row, TEXT, prompt:] == FREE).all()
        late = forced[row, 2, 1:]  # one frame late; position 0 is never read
        assert (late[:prompt] != FREE).all()
        assert (late[prompt:] == FREE).all()


def test_blurring_leaves_prompts_and_text_alone(banked_home):
    batch = as_batch(drawn(banked_home, 4))
    table = LanguageNetwork(4, 4).table(**batch)
    random = torch.Generator().manual_seed(0)
    changed = blurred(table.positions, table.prompts, LM['card'], Blur(), random)
    assert torch.equal(changed[:, TEXT], table.positions[:, TEXT])
    for row, prompt in enumerate(batch['prompts'].tolist()):
        assert torch.equal(changed[row, :, :prompt], table.positions[row, :, :prompt])
        assert not torch.equal(changed[row, USER], table.positions[row, USER])
    assert changed.min() >= -1 and changed[:, 1:].max() <= LM['card']


def test_a_batch_of_prompts_ends_soon_behind_the_longest_of_them(banked_home):
    rng, made = seeded('prompts'), composing(banked_home)
    batch = shortest(as_batch([made.prompted(rng, SHORT_FRAMES) for _ in range(4)]))
    assert batch['frames'].shape[2] == batch['prompts'].max() + FRAMES_AFTER_PROMPT
    assert batch['persona'].min() >= 0
    network = LanguageNetwork(4, 4)
    table = network.table(**batch)
    assert network.prompt_losses(table, table.positions)['persona'].isfinite()


def test_a_listener_hears_words_and_intents_and_is_asked_about_no_persona(banked_home):
    dialogue = composing(banked_home).listening(seeded('listening'), LENGTH)
    assert dialogue.prompt == 0
    assert (dialogue.intents != NO_INTENT).any() and (dialogue.words != NO_INTENT).any()
    assert (dialogue.persona == UNSAID).all()
    assert silent(banked_home, dialogue).all()


def test_conversations_become_likelier_as_they_are_learnt(banked_home):
    torch.manual_seed(0)
    domain = load_domain()
    network = LanguageNetwork(len(domain.intents), len(domain.visitor_words))
    table = network.table(**as_batch(drawn(banked_home, 2, nobody=0.0)))
    optimizer = torch.optim.Adam(network.parameters(), lr=2e-3)
    seen = []
    for _ in range(8):
        losses = network.losses(table, table.positions, torch.Generator().manual_seed(1))
        optimizer.zero_grad()
        losses['total'].backward()
        optimizer.step()
        seen.append({name: float(value.detach()) for name, value in losses.items()})
    assert all(seen[-1][name] < 0.8 * seen[0][name] for name in ('text', 'audio', 'intent'))


@pytest.fixture(scope='module')
def model(banked_home):
    trainer = LanguageTrainer(banked_home, CPU, steps=6, batch=3, workers=0)
    assert run(trainer, banked_home.lm, steps=6, minutes=0) == 6
    assert write_model(banked_home, banked_home.model) < 25_000_000
    return PersonaPlex.load(banked_home.model, device='cpu')


def test_codes_of_another_step_of_the_codec_are_not_exported(model, banked_home, monkeypatch):
    monkeypatch.setattr(export, 'codec_step', lambda folder: 7)
    with pytest.raises(ValueError, match='make banks and lm again'):
        write_model(banked_home, banked_home.model)


def test_a_model_that_was_not_measured_has_no_scores_in_its_card(model, banked_home):
    card = (banked_home.model / CARD).read_text(encoding='utf-8')
    assert 'Not measured yet' in card and '| measured |' not in card


def test_the_exported_model_runs_in_the_product_with_all_of_its_voices(model):
    assert len(model.voices) == 18
    assert 'NATF2' in model.voices and 'VARM4' in model.voices


def test_the_evaluation_visits_the_exported_model(model, banked_home):
    pytest.importorskip('pocketsphinx')
    corpus, domain = Corpus(banked_home.speech), load_domain()
    for split in (KNOWN, UNSEEN):
        found = replies(model, corpus, domain, asked_clips(corpus, domain, split, 1), split)
        assert len(found) == len(domain.beginners)
        names = [figure.name for figure in reply_figures(found, [], domain, split)]
        assert names[0] == f'right replies, {split} voices'


def test_the_trained_tokenizer_writes_every_reply(banked_home):
    tokenizer = sentencepiece.SentencePieceProcessor(model_file=str(banked_home.vocabulary))
    assert [tokenizer.id_to_piece(i) for i in range(4)] == ['<unk>', '<s>', '</s>', '<pad>']
    for text in load_domain().replies():
        ids = tokenizer.encode(text)
        assert tokenizer.decode(ids) == text and 0 not in ids


def test_speed_measured_once_more_replaces_speed_alone():
    before = {
        'figures': [{'name': 'frame p99', 'value': 744}, {'name': 'files', 'value': 15}],
        'machine_meanwhile': {'stolen_share': 0.3},
        'conditions': 'then',
    }
    found = {
        'figures': [{'name': 'frame p99', 'value': 36}, {'name': 'frame p1', 'value': 9}],
        'machine_meanwhile': {'stolen_share': 0.0},
        'conditions': 'now',
    }
    assert with_speed(before, found) == {
        'figures': [
            {'name': 'frame p99', 'value': 36},
            {'name': 'files', 'value': 15},
            {'name': 'frame p1', 'value': 9},
        ],
        'machine_meanwhile': {'stolen_share': 0.0},
        'conditions': 'then',
        'speed_conditions': 'now',
    }

# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""Stops when interrupted, goes on when others talk, says nothing to nobody."""

import numpy as np
import torch

from personaplex_ros.audio.format import FRAME_RATE_HZ
from personaplex_ros.audio.format import SAMPLES_PER_FRAME
from personaplex_ros.model.personaplex import PersonaPlex
from personaplex_ros.model.prompt import Prompt
from personaplex_ros.model.session import Session
from training.evaluation.figure import ceiling
from training.evaluation.figure import Figure
from training.evaluation.figure import share
from training.evaluation.replies import asked_clips
from training.evaluation.visit import as_int16
from training.evaluation.visit import BEFORE_FRAMES
from training.evaluation.visit import conversation
from training.evaluation.visit import frames_of
from training.evaluation.visit import is_audible
from training.evaluation.visit import PATIENCE_FRAMES
from training.evaluation.visit import PLAIN_SCENE
from training.evaluation.visit import QUIET
from training.evaluation.visit import run
from training.evaluation.visit import Scenery
from training.evaluation.visit import visit
from training.settings import seeded
from training.speech.corpus import Corpus
from training.speech.plan import KNOWN
from training.speech.plan import UNSEEN
from training.speech.rooms import babble_of
from training.speech.rooms import draw_for
from training.speech.rooms import noise
from training.text.domain import Domain
from training.text.domain import spoken
from training.text.script import draw_persona

SPEAKS_BEFORE_FRAMES = 6
"""The agent has spoken so long when it is interrupted."""

STOP_WITHIN_FRAMES = 5
QUIET_AFTER_FRAMES = 4
BABBLE_DB = -18.0


def interruption(model: PersonaPlex, corpus: Corpus, domain: Domain, count: int) -> Figure:
    """Ask, interrupt the answer with another question, and count the frames until it is silent."""
    scenery, stopped = Scenery(corpus), []
    clips = asked_clips(corpus, domain, KNOWN, 2)
    for number in range(count):
        rng = seeded('interruption', number)
        first, second = (clips[i] for i in rng.integers(len(clips), size=2))
        persona = draw_persona(domain, rng)
        prompt = Prompt(persona.prompt, model.voices[rng.integers(len(model.voices))])
        asked = scenery.of(first, PLAIN_SCENE, 'interrupted', number)
        again = scenery.of(second, PLAIN_SCENE, 'interrupts', number)
        with conversation(model, prompt) as session:
            if _speaks(session, asked):
                stopped.append(_stops(session, again))
    return share(f'silent within {STOP_WITHIN_FRAMES} frames of an interruption', stopped, 95)


def babble(model: PersonaPlex, corpus: Corpus, domain: Domain, count: int) -> list[Figure]:
    """Let others talk behind the answer: is it spoken to its end, is it that in silence?"""
    scenery, whole, same = Scenery(corpus), [], []
    clips = asked_clips(corpus, domain, KNOWN, 2)
    behind = _babble_frames(corpus)
    sentences = [spoken(one) for one in domain.replies()]
    for number in range(count):
        rng = seeded('babble', number)
        persona = draw_persona(domain, rng)
        prompt = Prompt(persona.prompt, model.voices[rng.integers(len(model.voices))])
        said = scenery.of(clips[rng.integers(len(clips))], PLAIN_SCENE, 'babble', number)
        alone = visit(model, prompt, said)
        if alone.text:
            answer = visit(model, prompt, said, behind)
            whole.append(spoken(answer.text) in sentences)
            same.append(answer.text == alone.text)
    return [
        share('not stopped by background babble', whole, 90),
        share('same answer in front of background babble', same, 90),
    ]


def quiet(model: PersonaPlex, domain: Domain, minutes: float) -> Figure:
    """Let nobody be there, half of the time in silence and half in noise of changing level."""
    frames = round(minutes * 60 * FRAME_RATE_HZ)
    rng = seeded('quiet')
    generator = torch.Generator().manual_seed(1)
    sound = [QUIET] * (frames // 2)
    while len(sound) < frames:
        shape = torch.Size((1, 50 * SAMPLES_PER_FRAME))
        row = noise(shape, (-70.0, -42.0), draw_for(1, generator))
        sound += frames_of(as_int16(row[0].numpy()))
    prompt = Prompt(draw_persona(domain, rng).prompt, model.voices[0])
    outputs = run(model, prompt, sound[:frames])
    words = sum(one.piece.startswith(' ') for one in outputs)
    return ceiling(f'words said in {minutes:g} minutes of silence and noise', words, 'words', 0, 1)


def _speaks(session: Session, asked: np.ndarray) -> bool:
    """Ask, and tell whether the agent is in the middle of an answer now."""
    for frame in [QUIET] * BEFORE_FRAMES + frames_of(asked):
        session.step(frame)
    spoken = 0
    for _ in range(PATIENCE_FRAMES):
        spoken += is_audible(session.step(QUIET))
        if spoken == SPEAKS_BEFORE_FRAMES:
            return True
    return False


def _stops(session: Session, again: np.ndarray) -> bool:
    """Tell whether the agent is silent from STOP_WITHIN_FRAMES on, for a while."""
    until = STOP_WITHIN_FRAMES + QUIET_AFTER_FRAMES
    frames = (frames_of(again) + [QUIET] * until)[:until]
    heard = [is_audible(session.step(frame)) for frame in frames]
    return not any(heard[STOP_WITHIN_FRAMES:])


def _babble_frames(corpus: Corpus) -> np.ndarray:
    """Return int16 [frames, 1920] of several unseen voices at once, BABBLE_DB below a visitor."""
    clips = corpus.judging(UNSEEN)
    rows = torch.zeros(12, 80 * SAMPLES_PER_FRAME)
    for row in range(len(rows)):
        parts = [corpus.samples(clips[(5 * row + i) % len(clips)]) for i in range(8)]
        said = torch.from_numpy(np.concatenate(parts)[: rows.shape[1]].copy())
        rows[row, : len(said)] = said.float() / 32_768
    return np.stack(frames_of(as_int16((babble_of(rows)[0] * 10 ** (BABBLE_DB / 20)).numpy())))

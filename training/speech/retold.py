# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""A visitor's sentence said again by one of the agent's voices, on its note, at the same times."""

from dataclasses import replace

import numpy as np
import torch

from personaplex_ros.audio.format import SAMPLE_RATE_HZ
from training.codec.losses import MelTarget
from training.speech import flite
from training.speech.rendering import Rendering
from training.speech.world import HOP_MS
from training.speech.world import say
from training.speech.world import take_apart

HOP = round(SAMPLE_RATE_HZ * HOP_MS / 1e3) * 2
"""Samples between two spectra that are compared: every second one of WORLD's frames."""

BANDS = 30
FLOOR = -7.0
"""Nepers below full scale: quieter spectra are alike."""

REACH = 20
"""Hops beside the way from word to word that are searched: 200 ms."""

STRAY, BEND = 0.01, 0.15
"""What it costs to leave that way by a hop, and to stand still or to leap."""


def retold(
    heard: np.ndarray, word_starts_s: tuple[float, ...], text: str, voice: str, note_hz: float
) -> np.ndarray:
    """Return what the agent's voice would have said in these places: int16 [n] for int16 [n].

    Raises SynthesisError where flite does not know how to say the text.
    """
    model = flite.render(text, voice, 1.0, note_hz, spread_hz=0.0)
    at = _places(heard, word_starts_s, model)
    parts = take_apart(model.samples)
    index = np.clip(np.rint(at).astype(int), 0, len(parts.melody) - 1)
    said = say(
        replace(
            parts,
            melody=np.full(len(index), note_hz, dtype=np.float64),
            envelope=np.ascontiguousarray(parts.envelope[index]),
            aperiodicity=np.ascontiguousarray(parts.aperiodicity[index]),
        ),
        len(heard),
    )
    return np.clip(np.rint(said * 32_768), -32_768, 32_767).astype(np.int16)


def _places(heard: np.ndarray, word_starts_s: tuple[float, ...], model: Rendering) -> np.ndarray:
    """Return for every WORLD frame of what was heard the one of the model: float [t]."""
    a, b = _spectra(heard), _spectra(model.samples)
    way = _way(len(a), len(b), word_starts_s, model.word_starts_s)
    hops = _aligned(a, b, way)
    frames = 1 + int(len(heard) / SAMPLE_RATE_HZ * 1e3 / HOP_MS)
    return 2 * np.interp(np.arange(frames) / 2, np.arange(len(hops)), hops)


def _spectra(samples: np.ndarray) -> np.ndarray:
    """Logarithmic mel spectra without the voice's own colour: float32 [hops, BANDS]."""
    spectrum = MelTarget(HOP, BANDS)(torch.from_numpy(samples.copy()).float()[None] / 32_768)[0]
    levels = spectrum.numpy()
    loud = levels.mean(1) > np.quantile(levels.mean(1), 0.3)
    return np.maximum(levels - levels[loud].mean(0), FLOOR)


def _way(
    hops: int, model_hops: int, starts_s: tuple[float, ...], model_starts_s: tuple[float, ...]
) -> np.ndarray:
    """Return where each hop would be if words were stretched evenly: float [hops]."""
    rate = SAMPLE_RATE_HZ / HOP
    both = [(-1.0, -1.0)]
    if len(starts_s) == len(model_starts_s):  # espeak-ng counts some words twice
        both += [
            (rate * ours, rate * theirs)
            for ours, theirs in zip(starts_s, model_starts_s, strict=True)
            if ours > 0
        ]
    ours, theirs = zip(*both, (hops, model_hops), strict=True)
    return np.interp(np.arange(hops), ours, theirs)


def _aligned(a: np.ndarray, b: np.ndarray, way: np.ndarray) -> np.ndarray:
    """Dynamic time warping near a way: int [len(a)], rising by 0, 1 or 2."""
    away = np.abs(np.arange(len(b)) - way[:, None])
    far = np.abs(a[:, None] - b[None]).mean(2) + STRAY * away + np.where(away > REACH, 1e3, 0.0)
    total = far[0] + np.where(np.arange(len(b)) > REACH, 1e3, 0.0)
    came = np.zeros(far.shape, dtype=np.int8)
    for hop in range(1, len(a)):
        steps = np.full((3, len(b)), np.inf)
        steps[0] = total + BEND
        steps[1, 1:] = total[:-1]
        steps[2, 2:] = total[:-2] + BEND
        came[hop] = steps.argmin(0)
        total = steps.min(0) + far[hop]
    at = np.zeros(len(a), dtype=int)
    at[-1] = int(total.argmin())
    for hop in range(len(a) - 1, 0, -1):
        at[hop - 1] = at[hop] - came[hop, at[hop]]
    return at

# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""A small model with everything that decides PersonaPlex's protocol at its published value.

Sixteen depth steps under upstream's key names, 17 streams with the published delays, the codes of
silence and of the sine, 2048 codes a codebook. Widths and depths are small, the window is as long
as the longest prompt, the codec is a tiny Mimi, the tokenizer tiny's.
"""

from dataclasses import replace
import io
from pathlib import Path

from moshi.models import loaders
from moshi.models.lm import LMModel
import numpy as np
from published_checkpoint import packed
from published_checkpoint import write_tar
from safetensors.torch import save_file
import soundfile
from tiny_checkpoint import CODEC as TINY_CODEC
from tiny_checkpoint import LM as TINY_LM
from tiny_checkpoint import VOCABULARY
import torch

from personaplex_ros.audio.format import SAMPLE_RATE_HZ
from personaplex_ros.model.config import ModelConfig
from personaplex_ros.model.convert_recipe import PERSONAPLEX
from personaplex_ros.model.prompt import Prompt
from training.init import initialise

PUBLISHED = PERSONAPLEX.lm
STEPS = PUBLISHED['n_q']
"""Depth steps in the published file: the agent's eight codebooks and the user's eight."""

BOOKS = PUBLISHED['dep_q']

LM = PUBLISHED | {
    **{
        name: TINY_LM[name]
        for name in ('dim', 'num_heads', 'num_layers', 'depformer_dim', 'depformer_num_heads')
    },
    'text_card': TINY_LM['text_card'],
    'context': PERSONAPLEX.prompt.max_positions,
    'depformer_num_layers': 1,
    'depformer_dim_feedforward': TINY_LM['depformer_dim_feedforward'],
}
LM_16 = LM | {'dep_q': STEPS, 'depformer_context': STEPS}

CODEC = TINY_CODEC | {
    'quantizer': TINY_CODEC['quantizer'] | {'n_q': BOOKS, 'bins': PUBLISHED['card']}
}

CONFIG: ModelConfig = replace(
    PERSONAPLEX,
    name='parity',
    dtype='float32',
    lm=LM,
    codec=CODEC,
    prompt=replace(PERSONAPLEX.prompt, max_positions=600),
)
FILES = CONFIG.files

TEXT = 'You work for a bakery and your name is Ada. The bread is fresh.'
ADA = Prompt(TEXT, 'NATF0')
OTTO = Prompt('You enjoy having a good conversation.', 'VARM3')

RECORDED = Prompt(TEXT, 'Ann')
"""Of a wav voice."""

CODED = Prompt(TEXT, 'Ben')
"""Of a voice that is stored as codes."""

VOICE_FRAMES = {ADA.voice: 51, OTTO.voice: 23, CODED.voice: 17}
"""51 frames are what the published voices have (50 embeddings)."""


def write_source(source: Path) -> Path:
    """Write the published files into an existing folder and return it."""
    rng = np.random.default_rng(16)
    lm = loaders.get_moshi_lm(None, LM_16, dtype=torch.float32)
    initialise(lm, rng)
    save_file(packed(lm, lm.state_dict()), source / FILES.lm)
    mimi = _codec(rng)
    save_file(packed(mimi, mimi.state_dict()), source / FILES.codec)
    (source / FILES.tokenizer).write_bytes(VOCABULARY)
    (source / 'config.json').write_text(CONFIG.to_json(), encoding='utf-8')
    published = (ADA.voice, OTTO.voice)
    voices = {f'voices/{name}.pt': voice_file(lm, voice_codes(name)) for name in published}
    write_tar(source / 'voices.tgz', voices)
    return source


def whole(source: Path) -> LMModel:
    """Return moshi's own model of the published file, sixteen depth steps."""
    return loaders.get_moshi_lm(source / FILES.lm, LM_16, dtype=torch.float32)


def add_voices(directory: Path) -> None:
    """Lay the voices of RECORDED and CODED beside the published ones of a model directory."""
    voices = directory / FILES.voices
    soundfile.write(voices / f'{RECORDED.voice}.wav', recording(), SAMPLE_RATE_HZ, 'FLOAT')
    save_file({'codes': voice_codes(CODED.voice)}, voices / f'{CODED.voice}.safetensors')


def recording() -> np.ndarray:
    """Return somebody's voice on two channels, quieter on the second, float32 [n, 2]."""
    time = np.arange(round(1.3 * SAMPLE_RATE_HZ)) / SAMPLE_RATE_HZ
    phase = 2 * np.pi * (140 * time + 60 * time**2)
    tones = sum(np.sin(k * phase) / k for k in (1, 2, 3, 4))
    noise = np.random.default_rng(4).standard_normal(len(time))
    voice = (0.05 * tones + 0.01 * noise) * (0.6 + 0.4 * np.sin(2 * np.pi * 3 * time))
    return np.stack([voice, 0.3 * voice], axis=1).astype(np.float32)


def voice_codes(name: str) -> torch.Tensor:
    """Return the codes that a voice was made from, int64 [BOOKS, V]."""
    frames = VOICE_FRAMES[name]
    generator = torch.Generator().manual_seed(frames)
    return torch.randint(PUBLISHED['card'], (BOOKS, frames), generator=generator)


@torch.no_grad()
def voice_file(lm: LMModel, codes: torch.Tensor) -> bytes:
    """Return the .pt that upstream's loop leaves after speaking these codes.

    One input embedding per forward, which read positions 0 to V - 2, and the token ring of four
    slots as it was then (personaplex 3428dfd, moshi/moshi/models/lm.py:1052-1061).
    """
    count, slots = codes.shape[1], max(PUBLISHED['delays']) + 3
    ring = torch.full((1, 1 + STEPS, slots), -2)
    embeddings = []
    for position in range(count + 1):
        for stream, delay in enumerate(PUBLISHED['delays']):
            if position - delay < count:
                ring[0, stream, position % slots] = _token(codes, stream, position - delay)
        if position < count - 1:
            column = ring[:, :, position % slots, None]
            embedding = lm.text_emb(column[:, 0])
            for stream, table in enumerate(lm.emb, start=1):
                embedding = embedding + table(column[:, stream])
            embeddings.append(embedding[:, None])
    file = io.BytesIO()
    torch.save({'embeddings': torch.cat(embeddings), 'cache': ring}, file)
    return file.getvalue()


def _token(codes: torch.Tensor, stream: int, frame: int) -> int:
    """What a stream holds of a frame of the voice phase; frame 0 is never read."""
    if frame <= 0:
        return LM['text_card'] if stream == 0 else LM['card']
    if stream == 0:
        return CONFIG.control_ids.pad
    if stream <= BOOKS:
        return int(codes[stream - 1, frame])
    return CONFIG.prompt.sine_codes[stream - 1 - BOOKS]


def _codec(rng: np.random.Generator) -> torch.nn.Module:
    mimi = loaders.get_mimi(None, CODEC, num_codebooks=BOOKS)
    initialise(mimi, rng)
    with torch.no_grad():
        for name, buffer in mimi.named_buffers():
            if name.endswith('embedding_sum'):
                buffer.copy_(torch.from_numpy(rng.standard_normal(tuple(buffer.shape))) * 0.1)
    return mimi

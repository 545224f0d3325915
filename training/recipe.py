# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""nano's sizes: PersonaPlex's architecture, small enough for one core with time to spare."""

from typing import Any

TEXT_CARD = 512
CODEBOOKS = 8
BINS = 512
CODEC_DIM = 128
CONTEXT_POSITIONS = 500
"""40 s, what training has seen in full: attention over more was never learnt. PersonaPlex has
3000."""

MAX_PROMPT_POSITIONS = 400
"""The most that the window allows. What training draws is far shorter, but a prompt in words that
the vocabulary spells out is long."""

PAD, END_PAD, BOS, EOS = 3, 0, 1, 2
"""As in PersonaPlex's tokenizer (personaplex 3428dfd, moshi/moshi/server.py:242)."""

SYSTEM_TAG = '<system>'

SILENCE_FRAMES = 6
"""int(0.5 s * 12.5 Hz) (personaplex 3428dfd, moshi/moshi/server.py:107)."""

LM: dict[str, Any] = {
    'dim': 192,
    'text_card': TEXT_CARD,
    'existing_text_padding_id': PAD,
    'n_q': 2 * CODEBOOKS,
    'dep_q': CODEBOOKS,
    'card': BINS,
    'num_heads': 6,
    'num_layers': 4,
    'hidden_scale': 4.125,
    'causal': True,
    'layer_scale': None,
    'context': CONTEXT_POSITIONS,
    'max_period': 10_000,
    'gating': 'silu',
    'norm': 'rms_norm_f32',
    'positional_embedding': 'rope',
    'depformer_dim': 96,
    'depformer_dim_feedforward': 396,
    'depformer_num_heads': 4,
    'depformer_num_layers': 1,
    'depformer_layer_scale': None,
    'depformer_multi_linear': True,
    'depformer_context': CODEBOOKS,
    'depformer_max_period': 10_000,
    'depformer_gating': 'silu',
    'depformer_pos_emb': 'none',
    'depformer_weights_per_step': True,
    'delays': [0, *([0] + [1] * (CODEBOOKS - 1)) * 2],
}
"""PersonaPlex's table (moshi 0.2.13, models/loaders.py:90-119) with small numbers. The depth
transformer has eight passes a frame: one layer of it, so that a frame stays below 40 ms."""

CODEC: dict[str, Any] = {
    'sample_rate': 24_000,
    'channels': 1,
    'frame_rate': 12.5,
    'seanet': {
        'channels': 1,
        'dimension': CODEC_DIM,
        'causal': True,
        'n_filters': 24,
        'n_residual_layers': 1,
        'activation': 'ELU',
        'compress': 2,
        'dilation_base': 2,
        'disable_norm_outer_blocks': 0,
        'kernel_size': 7,
        'residual_kernel_size': 3,
        'last_kernel_size': 3,
        'norm': 'none',
        'pad_mode': 'constant',
        'ratios': [6, 10, 16],
        'true_skip': True,
    },
    'quantizer': {
        'dimension': 64,
        'n_q': CODEBOOKS,
        'bins': BINS,
        'input_dimension': CODEC_DIM,
        'output_dimension': CODEC_DIM,
    },
    'transformer': {
        'd_model': CODEC_DIM,
        'num_heads': 4,
        'num_layers': 2,
        'causal': True,
        'layer_scale': 0.01,
        'context': 20,
        'conv_layout': True,
        'max_period': 10_000,
        'gating': 'none',
        'norm': 'layer_norm',
        'positional_embedding': 'rope',
        'dim_feedforward': 512,
        'input_dimension': CODEC_DIM,
        'output_dimensions': [CODEC_DIM],
    },
}
"""Mimi's table (moshi 0.2.13, models/loaders.py:38-88), three strides instead of four: below 32
filters the time goes into calls, not into arithmetic. The transformers' window is a piece of the
training, 800 ms at 25 Hz. 1.9 M parameters."""

# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""PersonaPlex-7B's numbers: what config.json says that the published files do not."""

from typing import Any

from personaplex_ros.model.config import ControlIds
from personaplex_ros.model.config import ModelConfig
from personaplex_ros.model.config import PromptLayout
from personaplex_ros.model.sampling import Sampling

SILENCE_CODES = [948, 243, 1178, 546, 1736, 1030, 1978, 2008]
SINE_CODES = [430, 1268, 381, 1611, 1095, 1495, 56, 472]
"""Both from personaplex 3428dfd, moshi/moshi/models/lm.py:56-57."""

MAX_POSITIONS = 750
"""60 s of the 240 s window; NVIDIA's page allows 1000 characters, about 320 positions in all."""

LM: dict[str, Any] = {
    'dim': 4096,
    'text_card': 32_000,
    'existing_text_padding_id': 3,
    'n_q': 16,
    'dep_q': 8,
    'card': 2048,
    'num_heads': 32,
    'num_layers': 32,
    'hidden_scale': 4.125,
    'causal': True,
    'layer_scale': None,
    'context': 3000,
    'max_period': 10_000,
    'gating': 'silu',
    'norm': 'rms_norm_f32',
    'positional_embedding': 'rope',
    'depformer_dim': 1024,
    'depformer_dim_feedforward': 4224,
    'depformer_num_heads': 16,
    'depformer_num_layers': 6,
    'depformer_layer_scale': None,
    'depformer_multi_linear': True,
    'depformer_context': 8,
    'depformer_max_period': 10_000,
    'depformer_gating': 'silu',
    'depformer_pos_emb': 'none',
    'depformer_weights_per_step': True,
    'delays': [0, 0, 1, 1, 1, 1, 1, 1, 1, 0, 1, 1, 1, 1, 1, 1, 1],
}
"""personaplex 3428dfd, moshi/moshi/models/loaders.py:92-122, with the 8 depth steps that are the
agent's: steps 8 to 15 predict the user, who is heard instead (moshi 0.2.13 has the same table)."""

CODEC: dict[str, Any] = {
    'sample_rate': 24_000,
    'channels': 1,
    'frame_rate': 12.5,
    'seanet': {
        'channels': 1,
        'dimension': 512,
        'causal': True,
        'n_filters': 64,
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
        'ratios': [8, 6, 5, 4],
        'true_skip': True,
    },
    'quantizer': {
        'dimension': 256,
        'n_q': 32,
        'bins': 2048,
        'input_dimension': 512,
        'output_dimension': 512,
    },
    'transformer': {
        'd_model': 512,
        'num_heads': 8,
        'num_layers': 8,
        'causal': True,
        'layer_scale': 0.01,
        'context': 250,
        'conv_layout': True,
        'max_period': 10_000,
        'gating': 'none',
        'norm': 'layer_norm',
        'positional_embedding': 'rope',
        'dim_feedforward': 2048,
        'input_dimension': 512,
        'output_dimensions': [512],
    },
}
"""Mimi, 8 of whose 32 codebooks are used (personaplex 3428dfd, models/loaders.py:48-90)."""

PERSONAPLEX = ModelConfig(
    name='personaplex-7b-v1',
    dtype='bfloat16',
    lm=LM,
    codec=CODEC,
    control_ids=ControlIds(pad=3, end_pad=0, bos=1, eos=2),  # moshi/moshi/server.py:242
    prompt=PromptLayout(
        silence_codes=SILENCE_CODES,
        sine_codes=SINE_CODES,
        silence_frames=6,  # int(0.5 s * 12.5 Hz), moshi/moshi/server.py:107
        system_tag='<system>',  # moshi/moshi/server.py:79-86
        max_positions=MAX_POSITIONS,
    ),
    sampling=Sampling(),
)

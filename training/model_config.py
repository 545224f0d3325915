# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""config.json of what is trained here."""

from personaplex_ros.model.config import ControlIds
from personaplex_ros.model.config import ModelConfig
from personaplex_ros.model.config import PromptLayout
from personaplex_ros.model.sampling import Sampling
from training import recipe
from training.recipe import CODEC
from training.recipe import LM
from training.recipe import MAX_PROMPT_POSITIONS

SAMPLING = Sampling(audio_temperature=0.1, text_temperature=0.1, audio_top_k=10, text_top_k=5)
"""A closed domain has one right answer; NVIDIA's values are for open conversation."""


def model_config(silence_codes: list[int], sine_codes: list[int]) -> ModelConfig:
    """Return the configuration of a codec whose silence and tone have these codes."""
    return ModelConfig(
        name='nano',
        dtype='float32',
        lm=LM,
        codec=CODEC,
        control_ids=ControlIds(
            pad=recipe.PAD, end_pad=recipe.END_PAD, bos=recipe.BOS, eos=recipe.EOS
        ),
        prompt=PromptLayout(
            silence_codes=silence_codes,
            sine_codes=sine_codes,
            silence_frames=recipe.SILENCE_FRAMES,
            system_tag=recipe.SYSTEM_TAG,
            max_positions=MAX_PROMPT_POSITIONS,
        ),
        sampling=SAMPLING,
    )

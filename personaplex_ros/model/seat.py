# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""A place for one conversation: a streaming state of the language model and one of the codec."""

from dataclasses import dataclass

from personaplex_ros.model.codec import Codec
from personaplex_ros.model.lm import LanguageModel


@dataclass(frozen=True)
class Seat:
    """Made once and used by one session after the other: CUDA graphs stay with it."""

    lm: LanguageModel
    codec: Codec

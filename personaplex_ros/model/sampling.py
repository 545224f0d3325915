# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""How the next tokens are drawn."""

from dataclasses import dataclass

MAX_TEMPERATURE = 3.0
MAX_TOP_K = 100_000
MAX_SEED = 2**63 - 1


@dataclass(frozen=True)
class Sampling:
    """Sampling of one session; a checkpoint's own values are PersonaPlex.sampling.

    The defaults are NVIDIA's (personaplex 3428dfd, moshi/moshi/models/lm.py:652-655).
    """

    audio_temperature: float = 0.8
    """Temperature of the audio codes, 0 to 3; 0 always takes the likeliest."""

    text_temperature: float = 0.7
    """Temperature of the text tokens, 0 to 3; 0 always takes the likeliest."""

    audio_top_k: int = 250
    """Likeliest audio codes that are drawn from; 0 draws from all."""

    text_top_k: int = 25
    """Likeliest text tokens that are drawn from; 0 draws from all."""

    seed: int | None = None
    """Every prompt restarts the random numbers here; None takes a new seed each time."""

    def validate(self) -> None:
        """Raise ValueError naming the field and its range."""
        for field in ('audio_temperature', 'text_temperature'):
            value = getattr(self, field)
            if not _is_number(value) or not 0.0 <= value <= MAX_TEMPERATURE:
                raise ValueError(
                    f'{field} is {value!r}; expected a number from 0 to {MAX_TEMPERATURE:g}'
                )
        for field in ('audio_top_k', 'text_top_k'):
            _check_integer(field, getattr(self, field), MAX_TOP_K)
        if self.seed is not None:
            _check_integer('seed', self.seed, MAX_SEED)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _check_integer(field: str, value: float, highest: int) -> None:
    whole = isinstance(value, int) and not isinstance(value, bool)
    if not whole or not 0 <= value <= highest:
        raise ValueError(f'{field} is {value!r}; expected a whole number from 0 to {highest}')

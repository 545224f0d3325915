# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""What nano must reach here: what it is meant for, and what the weights of today hold it to."""

from dataclasses import dataclass

from training.evaluation.figure import Figure


@dataclass(frozen=True)
class Bar:
    """Per cent of the cases."""

    held_to: float
    """What these weights reached on these cases, less two of them: other processors round
    otherwise. Better weights raise it."""

    meant_for: float
    """What the model is to reach on the large sets of `make -C training eval`."""


BARS = {
    'right replies, known voices': Bar(0, 95),
    'right replies, unseen voices': Bar(0, 80),
    'spoken replies recognised': Bar(0, 85),
    'name as prompted': Bar(0, 98),
    'style as prompted': Bar(0, 98),
    'voice as prompted': Bar(0, 98),
    'silent within 5 frames of an interruption': Bar(0, 95),
    'same answer in front of background babble': Bar(0, 90),
}


def hold(figure: Figure, at_least_of: int) -> None:
    """Fail where the figure is below its bar, or was taken from too few cases to tell."""
    assert figure.of >= at_least_of, f'{figure.name}: only {figure.of} cases'
    bar = BARS[figure.name]
    told = f'{figure.name}: {figure.value} % of {figure.of}'
    assert figure.value >= bar.held_to, f'{told}; held to {bar.held_to} %'

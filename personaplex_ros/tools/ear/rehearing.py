# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""A whole utterance heard once more, with the cepstral mean that is its own."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from personaplex_ros.tools.ear.calls import Calls
from personaplex_ros.tools.ear.dither import Dither
from personaplex_ros.tools.ear.sphinx import decoder
from personaplex_ros.tools.ear.sphinx import learn_other_words
from personaplex_ros.tools.ear.sphinx import listen_for
from personaplex_ros.tools.ear.sphinx import Span

DITHER_DBFS = -60.0
"""White noise under the sound. Louder noise hides weak consonants: of 77 commands to lamps 26 were
heard with `on` for `off` at -50 dBFS, 3 here (tuning voices). With a mean of its own an utterance
makes do with so little."""


class Rehearing:
    """The second of two searches: better at words, but alone it hears the wake word too easily.

    Of 176 commands by eleven voices (none of the judged ones) the first search alone had 152 right
    and 12 wrong, both together have 169 and 2. Of 118 sentences in which the keyword search heard
    the wake word, most of them made to be mistaken, 32 and 20 were taken for commands.
    """

    def __init__(self, jsgf: str, calls: Calls) -> None:
        """Load the models (0.3 s). Raises EarError."""
        self._calls = calls
        self._decoder = decoder()
        learn_other_words(self._decoder)
        listen_for(self._decoder, jsgf)

    def command(self, utterance: Sequence[np.ndarray], near: Sequence[Span]) -> str:
        """Return the command in an utterance that calls the robot in these places, or ''.

        utterance: blocks, float32 [n] in steps of int16, 16 kHz mono.
        """
        dither = Dither(DITHER_DBFS)
        blocks = [dither.under(block) for block in utterance]
        self._decoder.set_cmn(_cepstral_mean(self._decoder, blocks))
        self._decoder.start_utt()
        for block in blocks:  # one by one: PocketSphinx lets no other thread run within a call
            self._decoder.process_raw(block, no_search=False, full_utt=False)
        self._decoder.end_utt()
        return self._calls.command(self._decoder, near)


def _cepstral_mean(listener: Any, blocks: Sequence[bytes]) -> str:
    """Return the mean of a whole utterance: with such ones the acoustic model was trained."""
    listener.start_utt()
    listener.process_raw(b''.join(blocks), no_search=True, full_utt=True)
    mean = listener.get_cmn()
    listener.end_utt()
    return mean

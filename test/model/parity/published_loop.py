# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""NVIDIA's prompt protocol and loop, a call per frame, on moshi's LMGen alone.

Written from the description of upstream's code (personaplex 3428dfd, moshi/moshi/models/lm.py) and
without this package's prompt code, so that the two can disagree. It drives the published model
with a depth step per codebook, whose steps for the user are overwritten by what the user said,
and the model with the agent's steps alone, which is given the user's codes.
"""

from collections.abc import Callable
from collections.abc import Iterator
from dataclasses import dataclass

from moshi.models.lm import LMGen
from moshi.models.lm import LMModel
from parity_checkpoint import BOOKS
import sentencepiece
from tiny_checkpoint import VOCABULARY
import torch

from personaplex_ros.model.sampling import Sampling

SILENCE = (948, 243, 1178, 546, 1736, 1030, 1978, 2008)
SINE = (430, 1268, 381, 1611, 1095, 1495, 56, 472)
ENCODE = sentencepiece.SentencePieceProcessor(model_proto=VOCABULARY).encode
"""Of the tokenizer that the checkpoint has."""

DELAYS = (0, 0, 1, 1, 1, 1, 1, 1, 1, 0, 1, 1, 1, 1, 1, 1, 1)


@dataclass(frozen=True)
class Protocol:
    """The order of things; a test of the tests replaces one of them."""

    phases: tuple[str, ...] = ('voice', 'silence', 'text', 'silence')
    silence_frames: int = 6
    pad: int = 3
    silence: tuple[int, ...] = SILENCE
    sine: tuple[int, ...] = SINE
    before: str = '<system> '
    after: str = ' <system>'
    delays: tuple[int, ...] = DELAYS
    """Of the streams whose tokens are forced."""

    longer: tuple[int, ...] = (0,) * (1 + BOOKS)
    """Frames by which the agent's streams are forced longer than the prompt lasts."""

    def frames(
        self, voice: torch.Tensor, text: str, encode: Callable[[str], list[int]]
    ) -> torch.Tensor:
        """Return the prompt without delays, int64 [1 + 2 * BOOKS, T]; voice: [BOOKS, V]."""
        ids = encode(f'{self.before}{text}{self.after}') if text else []
        quiet = torch.tensor(self.silence)[:, None]
        phases = {
            'voice': ([self.pad] * voice.shape[1], voice),
            'silence': ([self.pad] * self.silence_frames, quiet.repeat(1, self.silence_frames)),
            'text': (ids, quiet.repeat(1, len(ids))),
        }
        spoken = torch.tensor([[token for one in self.phases for token in phases[one][0]]])
        agent = torch.cat([phases[one][1] for one in self.phases], dim=1)
        user = torch.tensor(self.sine)[:, None].expand(-1, spoken.shape[1])
        return torch.cat([spoken, agent, user])


def converse(
    lm: LMModel,
    prompt: torch.Tensor,
    heard: torch.Tensor,
    sampling: Sampling,
    protocol: Protocol = Protocol(),
) -> Iterator[torch.Tensor]:
    """Take in the prompt a frame at a time, then yield text and agent codes, int64 [1 + BOOKS].

    lm: of 2 * BOOKS depth steps or of BOOKS. prompt: int64 [1 + 2 * BOOKS, T]. heard: what the
    user says after it, int64 [BOOKS, F]. One value per frame of `heard`.
    """
    frames = torch.cat([prompt, heard.new_zeros(1 + 2 * BOOKS, heard.shape[1])], dim=1)
    frames[1 + BOOKS :, prompt.shape[1] :] = heard
    script = _Script(frames, prompt.shape[1], protocol)
    gen = LMGen(
        lm,
        temp=sampling.audio_temperature,
        top_k=sampling.audio_top_k,
        temp_text=sampling.text_temperature,
        top_k_text=sampling.text_top_k,
        on_text_hook=script.force_text,
        on_audio_hook=script.force_audio,
    )
    user = frames[None, 1 + BOOKS :]
    if lm.dep_q == 2 * BOOKS:
        user = user[:, :0]
    with torch.no_grad(), gen.streaming(1):
        for call in range(frames.shape[1]):
            if call == prompt.shape[1] - 1 and sampling.seed is not None:
                # From here on what is drawn is said; before, it is drawn and overwritten.
                torch.manual_seed(sampling.seed)
            script.call = call
            # Until shortly before the prompt's end all codes are forced: nothing to compute.
            given = None if call >= prompt.shape[1] - 2 else torch.zeros(1, lm.dep_q, 1).long()
            tokens = gen.step(user[:, :, call : call + 1], given)
            if call >= prompt.shape[1]:
                yield tokens[0, : 1 + BOOKS, 0]


class _Script:
    """Which tokens call n, which decides position n + 1, does not get to decide."""

    def __init__(self, frames: torch.Tensor, prompted: int, protocol: Protocol) -> None:
        self._frames = frames
        self._delays = protocol.delays
        self._ends = [prompted + more for more in protocol.longer] + [frames.shape[1]] * BOOKS
        self.call = 0

    def force_text(self, token: torch.Tensor) -> None:
        self._force(0, token)

    def force_audio(self, tokens: torch.Tensor) -> None:
        for book in range(tokens.shape[1]):
            self._force(1 + book, tokens[:, book])

    def _force(self, stream: int, token: torch.Tensor) -> None:
        frame = self.call + 1 - self._delays[stream]
        if 0 <= frame < self._ends[stream]:
            token.fill_(int(self._frames[stream, frame]))

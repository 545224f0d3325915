# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""`make sharpen`: the encoder learns to listen further; what each code means stays the same.

Codebooks, decoder and the heads that read phones and spectrum are frozen, so codes of before and
after can be mixed: a language model that knows the codes hears them clearer, and needs to learn
nothing anew. What the encoder makes of the agent and of silence is held where it was.
"""

import argparse
from collections.abc import Mapping
import copy
from typing import Any

from moshi.quantization.vq import ResidualVectorQuantizer
import torch
import torch.nn.functional as F  # noqa: N812 (its usual name)

from personaplex_ros.audio.format import SAMPLES_PER_FRAME
from training.arguments import add_training
from training.arguments import device_of
from training.codec.batches import Batch
from training.codec.batches import Pieces
from training.codec.export import codec_step
from training.codec.export import SHARP
from training.codec.export import trained_network
from training.codec.judge import Judge
from training.codec.losses import MelTarget
from training.codec.losses import phone_accuracy
from training.codec.losses import phone_loss
from training.codec.network import CodecNetwork
from training.codec.network import MEL_BANDS
from training.codec.network import MEL_PER_FRAME
from training.codec.train import FRAMES
from training.codec.train import MAX_NORM
from training.codec.train import rate_at
from training.loop import compact
from training.loop import run
from training.settings import Home
from training.settings import SEED
from training.speech.corpus import Corpus

AGENT_SHARE = 0.125
RATE, LAST_RATE = 6e-4, 1e-5
WARM_STEPS = 100
COMMITMENT, PHONES, READ_MEL, SAME, HUSH = 0.1, 2.0, 2.0, 4.0, 20.0
HUSH_FRAMES, SETTLED_FRAMES = 16, 6
"""Of digital silence, and how many of them pass before its codes are the steady ones."""

ENCODER_PARTS = (
    'mimi.encoder.',
    'mimi.encoder_transformer.',
    'mimi.downsample.',
    'mimi.quantizer.rvq_first.input_proj.',
    'mimi.quantizer.rvq_rest.input_proj.',
)


class SharpenTrainer:
    """The encoder of a trained codec, and the one that it was."""

    def __init__(self, home: Home, device: torch.device, steps: int, batch: int) -> None:
        """Begin from the codec's checkpoint."""
        torch.manual_seed(SEED)
        self._steps, self._batch = steps, batch
        self._codec_step = codec_step(home.codec)
        self.network = trained_network(home.codec).to(device).eval()
        self._before = copy.deepcopy(self.network)
        for name, parameter in self.network.named_parameters():
            parameter.requires_grad_(name.startswith(ENCODER_PARTS))
        learning = [one for one in self.network.parameters() if one.requires_grad]
        self._optimizer = torch.optim.AdamW(
            learning, lr=RATE, betas=(0.8, 0.99), weight_decay=1e-3
        )
        corpus = Corpus(home.speech)
        self._mel = MelTarget(SAMPLES_PER_FRAME // MEL_PER_FRAME, MEL_BANDS).to(device)
        self._pieces = Pieces(corpus, device, FRAMES, AGENT_SHARE, SEED + 2)
        self._judge = Judge(corpus, device)
        self._silence = torch.zeros(1, 1, HUSH_FRAMES * SAMPLES_PER_FRAME, device=device)
        self._hushed = [codes.detach() for _, codes in self._inner(self._before, self._silence)]

    def step(self, index: int) -> Mapping[str, torch.Tensor]:
        """Take one step."""
        batch = self._pieces.draw(self._batch)
        sound = batch.sound[:, None]
        latents = self.network.latents(sound)
        first, off_first = _coded(self.network.mimi.quantizer.rvq_first, latents)
        rest, off_rest = _coded(self.network.mimi.quantizer.rvq_rest, latents)
        read = self.network.read(first, first + rest)
        phones = phone_loss(read.phones, batch.slots) + phone_loss(read.all_phones, batch.slots)
        mel = F.l1_loss(read.mel, self._mel(batch.wanted))
        same = self._off_before(latents, sound, _held(batch))
        hush = self._off_silence()
        learned = COMMITMENT * (off_first + off_rest) + PHONES * phones + READ_MEL * mel
        total = learned + SAME * same + HUSH * hush
        self._descend(index, total)
        visitors = slice(batch.agents, None)
        slots = batch.slots[visitors]
        return {
            'loss': total.detach(),
            'phones': phone_accuracy(read.phones[visitors].detach(), slots),
            'all phones': phone_accuracy(read.all_phones[visitors].detach(), slots),
            'read mel': mel.detach(),
            'off before': same.detach(),
            'off silence': hush.detach(),
        }

    def judge(self) -> Mapping[str, float]:
        """Measure on visitors that training never hears."""
        found = self._judge(self.network)
        self.network.eval()
        return found

    def state(self) -> dict[str, Any]:
        """The encoder's weights and what it is trained with."""
        weights = self.network.state_dict()
        return {
            'encoder': {k: v for k, v in weights.items() if k.startswith(ENCODER_PARTS)},
            'optimizer': compact(self._optimizer),
            'pieces': self._pieces.state(),
            'codec_step': self._codec_step,
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Go on. Raises ValueError where the codec was trained on since."""
        if state['codec_step'] != self._codec_step:
            raise ValueError('the codec was trained on since it was sharpened: remove codec/sharp')
        self.network.load_state_dict(state['encoder'], strict=False)
        self._optimizer.load_state_dict(state['optimizer'])
        self._pieces.restore(state['pieces'])

    def _off_before(
        self, latents: torch.Tensor, sound: torch.Tensor, rows: torch.Tensor
    ) -> torch.Tensor:
        """Return how far the latents of some rows are from where they were, against their size."""
        with torch.no_grad():
            wanted = self._before.latents(sound[rows])
        return (latents[rows] - wanted).square().mean() / wanted.square().mean()

    def _off_silence(self) -> torch.Tensor:
        """Return how far silence is from its codes: near them it would soon be others."""
        found = [inner for inner, _ in self._inner(self.network, self._silence)]
        return sum(
            (one - wanted).square().mean() / wanted.square().mean()
            for one, wanted in zip(found, self._hushed, strict=True)
        )

    def _inner(
        self, network: CodecNetwork, sound: torch.Tensor
    ) -> list[tuple[torch.Tensor, torch.Tensor]]:
        """Return settled latents as each quantizer sees them, and their codes' vectors."""
        latents = network.latents(sound)[..., SETTLED_FRAMES:]
        quantizer = network.mimi.quantizer
        return [_quantized(part, latents) for part in (quantizer.rvq_first, quantizer.rvq_rest)]

    def _descend(self, index: int, loss: torch.Tensor) -> None:
        for group in self._optimizer.param_groups:
            group['lr'] = rate_at(index, self._steps, RATE, LAST_RATE, WARM_STEPS)
        self._optimizer.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.network.parameters(), MAX_NORM)
        self._optimizer.step()


def _held(batch: Batch) -> torch.Tensor:
    """bool [B]: the agent's pieces and those of silence."""
    held = batch.sound.abs().amax(1) == 0
    held[: batch.agents] = True
    return held


def _coded(
    part: ResidualVectorQuantizer, latents: torch.Tensor
) -> tuple[torch.Tensor, torch.Tensor]:
    """Quantize with codebooks that stand still; gradients pass straight through.

    Returns [B, dim, T] as the heads read it, and how far the codes are off.
    """
    inner, codes = _quantized(part, latents)
    return part.output_proj(inner + (codes - inner).detach()), F.mse_loss(inner, codes)


def _quantized(
    part: ResidualVectorQuantizer, latents: torch.Tensor
) -> tuple[torch.Tensor, torch.Tensor]:
    """Return latents in the space of the codebooks, and the vectors of their codes."""
    inner = part.input_proj(latents)
    with torch.no_grad():
        return inner, part.vq.decode(part.vq.encode(inner, n_q=part.n_q))


def main() -> None:
    """Train until the schedule or the time is over."""
    parser = argparse.ArgumentParser(description=__doc__)
    add_training(parser, steps=12_000, batch=64)
    args = parser.parse_args()
    home = Home(args.home)
    trainer = SharpenTrainer(home, device_of(args), args.steps, args.batch)
    folder = home.codec / SHARP
    reached = run(trainer, folder, args.steps, args.minutes)
    print(f'sharpen: step {reached} of {args.steps} in {folder}')


if __name__ == '__main__':
    main()

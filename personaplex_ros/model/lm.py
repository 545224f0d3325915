# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""moshi's language model, streaming one conversation, with tokens that can be forced."""

from collections.abc import Sequence

from moshi.models.lm import LMGen
from moshi.models.lm import LMModel
from moshi.modules.transformer import set_attention_context
from moshi.utils.compile import no_compile
import torch

from personaplex_ros.model.sampling import Sampling
from personaplex_ros.model.snapshot import restore_snapshot
from personaplex_ros.model.snapshot import Snapshot
from personaplex_ros.model.snapshot import snapshot_nbytes
from personaplex_ros.model.snapshot import take_snapshot
from personaplex_ros.model.snapshot import view_snapshot

FREE = -2
"""Marks a token that is left to the model; moshi's own mark for 'not generated yet'
(moshi 0.2.13, models/lm.py, ungenerated_token_id)."""


class LanguageModel:
    """LMModel and LMGen used as they are; positions and frames count from the first of a prompt.

    Call n reads the tokens of position n and decides those of position n + 1; a stream with
    delay d carries at position p what belongs to frame p - d. Call n returns frame n.
    Everything runs in inference mode, which saves a tenth of a small model's frame on a CPU;
    moshi's state must therefore not be written to outside it.
    """

    def __init__(self, lm: LMModel, capacity: int | None = None) -> None:
        """Take over a model in eval mode; it streams from here on.

        capacity: positions that this state can hold, where it needs fewer than the window.
        """
        self._lm = lm
        if capacity is not None:
            set_attention_context(lm.transformer, capacity)
        self._forced: torch.Tensor | None = None
        self._choice: torch.Tensor | None = None
        self._has_stepped = False
        self._gen = LMGen(lm, on_text_hook=self._force_text, on_audio_hook=self._force_audio)
        self._gen.streaming_forever(1)

    @property
    def position(self) -> int:
        """Position that the next call reads, which is also the frame that it returns."""
        return self._state.offset_cpu

    @property
    def delays(self) -> list[int]:
        """Delay in frames per stream: text, agent codebooks, user codebooks."""
        return self._lm.delays

    @property
    def device(self) -> torch.device:
        """Where the state lies."""
        return self._lm.device

    @property
    def _state(self):
        return self._gen._streaming_state

    def set_sampling(self, sampling: Sampling) -> None:
        """Use these temperatures and top-k from the next step on."""
        gen = self._gen
        before = (gen.temp, gen.top_k)
        gen.temp, gen.top_k = sampling.audio_temperature, sampling.audio_top_k
        gen.temp_text, gen.top_k_text = sampling.text_temperature, sampling.text_top_k
        if (gen.temp, gen.top_k) != before:
            # The depth transformer's CUDA graph has the old numbers captured. What has run is
            # captured anew in the very next step, which is the prompt's last: nobody waits for a
            # frame then. What never ran has to run once as it is.
            self._state.graphed_depth.reset(warmup_steps=0 if self._has_stepped else 1)

    @property
    def window(self) -> int:
        """Positions that attention reaches back to."""
        return self._lm.transformer.layers[0].self_attn.context

    @torch.inference_mode()
    def reset(self) -> None:
        """Forget everything."""
        self._gen.reset_streaming()

    @torch.inference_mode()
    def take_in(self, inputs: torch.Tensor) -> None:
        """Read the next positions without deciding anything: input embeddings [1, T, dim].

        Everything is written in place, since CUDA graphs keep the addresses.
        """
        with no_compile():  # a new length each time would compile each time
            self._lm.transformer(inputs)
        self._state.offsets.add_(inputs.shape[1])
        self._state.offset_cpu += inputs.shape[1]

    @torch.inference_mode()
    def wait_at(self, column: torch.Tensor) -> None:
        """Let the next step read this column, int64 [1 + n_q], but for the user's codes.

        It waits in LMGen's ring, alone: nothing was sampled to get here, so the state is a
        function of what was taken in, and of no prompt before.
        """
        self._state.cache.fill_(FREE)
        self._slot(self.position).copy_(column)

    @torch.inference_mode()
    def embed(self, tokens: torch.Tensor) -> torch.Tensor:
        """int64 [1 + n_q, T] -> [1, T, dim], summed in LMModel.forward_text's order."""
        total = None
        for stream, embedding in enumerate(self._lm.emb, start=self._lm.audio_offset):
            one = embedding(tokens[None, stream])
            total = one if total is None else total + one
        return total + self._lm.text_emb(tokens[None, 0])

    def as_inputs(self, embeddings: torch.Tensor) -> torch.Tensor:
        """[E, dim] -> [1, E, dim] in the model's dtype and on its device."""
        return embeddings[None].to(self._lm.text_emb.weight)

    @property
    def waiting(self) -> torch.Tensor:
        """The column that the next step reads, int64 [1 + n_q]; the user's codes are still old."""
        return self._slot(self.position)

    @property
    def last_read(self) -> torch.Tensor:
        """What the last step read, int64 [1 + n_q]; gone after the next step but one."""
        return self._slot(self.position - 1)

    @torch.inference_mode()
    def adopt(self, other: 'LanguageModel') -> None:
        """Be where `other` is, another state of the same weights. Raises SnapshotError."""
        restore_snapshot(self._gen, view_snapshot(other._gen))

    @property
    def snapshot_nbytes(self) -> int:
        """Bytes that snapshot() would need now."""
        return snapshot_nbytes(self._gen)

    @torch.inference_mode()
    def snapshot(self) -> Snapshot:
        """Copy the state; meant for right after a prefill. Raises SnapshotError."""
        return take_snapshot(self._gen)

    @torch.inference_mode()
    def restore(self, snapshot: Snapshot) -> None:
        """Be as the model was when this was taken. Raises SnapshotError."""
        restore_snapshot(self._gen, snapshot)

    @torch.inference_mode()
    def step(
        self,
        user_codes: torch.Tensor,
        forced: list[int] | None = None,
        text_choice: tuple[int, int] | None = None,
    ) -> torch.Tensor | None:
        """Take one frame of the user and return the agent's.

        user_codes: int64 [1, user codebooks, 1]. forced: tokens of position + 1 (text, then
        agent codebooks; FREE where the model decides), None to leave all free. text_choice: the
        text token of position + 1 where the model draws padding, and where it draws any other;
        FREE keeps what it drew. `forced` has the last word.
        Returns int64 [1, 1 + agent codebooks, 1]; None while the delay is not filled, which
        after a prefill never happens.
        """
        self._forced = None if forced is None else self._tensor(forced)
        self._choice = None if text_choice is None else self._tensor(text_choice)
        self._has_stepped = True
        return self._gen.step(user_codes)

    @torch.inference_mode()
    def rewrite(self, tokens: list[int]) -> None:
        """Replace tokens of the position that the next step reads; FREE keeps what is there."""
        slot = self.waiting[: len(tokens)]
        column = self._tensor(tokens)
        slot.copy_(torch.where(column == FREE, slot, column))

    def _slot(self, position: int) -> torch.Tensor:
        cache = self._state.cache
        return cache[0, :, position % cache.shape[2]]

    def _tensor(self, tokens: Sequence[int]) -> torch.Tensor:
        return torch.tensor(tokens, dtype=torch.long, device=self._lm.device)

    def _force_text(self, token: torch.Tensor) -> None:
        """Overwrite the drawn text token, [1], before the depth transformer sees it."""
        if self._choice is not None:
            drew_padding = token == self._lm.text_padding_token_id
            _overwrite(token, torch.where(drew_padding, self._choice[0], self._choice[1]))
        if self._forced is not None:
            _overwrite(token, self._forced[:1])

    def _force_audio(self, tokens: torch.Tensor) -> None:
        """Overwrite drawn agent codes, [1, agent codebooks]."""
        if self._forced is not None:
            _overwrite(tokens, self._forced[None, 1:])


def _overwrite(drawn: torch.Tensor, wanted: torch.Tensor) -> None:
    drawn.copy_(torch.where(wanted == FREE, drawn, wanted))

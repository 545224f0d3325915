# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""moshi's language model, streaming one conversation, with tokens that can be forced."""

from moshi.models.lm import LMGen
from moshi.models.lm import LMModel
from moshi.utils.compile import no_compile
import torch

from personaplex_ros.model.sampling import Sampling
from personaplex_ros.model.snapshot import restore_snapshot
from personaplex_ros.model.snapshot import Snapshot
from personaplex_ros.model.snapshot import snapshot_nbytes
from personaplex_ros.model.snapshot import take_snapshot

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

    def __init__(self, lm: LMModel) -> None:
        """Take over a model in eval mode; it streams from here on."""
        self._lm = lm
        self._forced: torch.Tensor | None = None
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
    def _state(self):
        return self._gen._streaming_state

    def set_sampling(self, sampling: Sampling) -> None:
        """Use these temperatures and top-k from the next step on."""
        gen = self._gen
        before = (gen.temp, gen.top_k)
        gen.temp, gen.top_k = sampling.audio_temperature, sampling.audio_top_k
        gen.temp_text, gen.top_k_text = sampling.text_temperature, sampling.text_top_k
        if (gen.temp, gen.top_k) != before:
            # The depth transformer's CUDA graph has the old numbers captured.
            self._state.graphed_depth.reset(warmup_steps=1)

    @torch.inference_mode()
    def prefill(self, table: torch.Tensor, embeddings: torch.Tensor | None = None) -> None:
        """Forget everything and take in all prompt positions but the last, in one pass.

        table: int64 [1 + n_q, T], what each position holds (prompt.position_table).
        embeddings: [E, dim] summed input embeddings that stand for the first E < T positions.
        The last position waits in LMGen's ring: the next step reads it. Nothing is sampled,
        so the state is a function of the table alone; it is written in place, since CUDA
        graphs keep the addresses.
        """
        self._gen.reset_streaming()
        known = 0 if embeddings is None else len(embeddings)
        last = table.shape[1] - 1
        inputs = self._embed(table[None, :, known:last])
        if embeddings is not None:
            inputs = torch.cat([embeddings[None].to(inputs), inputs], dim=1)
        with no_compile():  # a new length each time would compile each time
            self._lm.transformer(inputs)
        state = self._state
        state.offsets.fill_(last)
        state.offset_cpu = last
        state.cache[:, :, last % state.cache.shape[2]] = table[:, last]

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
        """Be as prefill left the model when this was taken. Raises SnapshotError."""
        restore_snapshot(self._gen, snapshot)

    @torch.inference_mode()
    def step(
        self, user_codes: torch.Tensor, forced: list[int] | None = None
    ) -> torch.Tensor | None:
        """Take one frame of the user and return the agent's.

        user_codes: int64 [1, user codebooks, 1]. forced: tokens of position + 1 (text, then
        agent codebooks; FREE where the model decides), None to leave all free.
        Returns int64 [1, 1 + agent codebooks, 1]; None while the delay is not filled, which
        after a prefill never happens.
        """
        self._forced = None if forced is None else self._column(forced)
        return self._gen.step(user_codes)

    @torch.inference_mode()
    def rewrite(self, tokens: list[int]) -> None:
        """Replace tokens of the position that the next step reads; FREE keeps what is there."""
        cache = self._state.cache
        slot = cache[0, : len(tokens), self.position % cache.shape[2]]
        column = self._column(tokens)
        slot.copy_(torch.where(column == FREE, slot, column))

    def _column(self, tokens: list[int]) -> torch.Tensor:
        return torch.tensor(tokens, dtype=torch.long, device=self._lm.device)

    def _embed(self, tokens: torch.Tensor) -> torch.Tensor:
        """int64 [1, 1 + n_q, T] -> [1, T, dim], summed in LMModel.forward_text's order."""
        total = None
        for stream, embedding in enumerate(self._lm.emb, start=self._lm.audio_offset):
            one = embedding(tokens[:, stream])
            total = one if total is None else total + one
        return total + self._lm.text_emb(tokens[:, 0])

    def _force_text(self, token: torch.Tensor) -> None:
        """Overwrite the drawn text token, [1], before the depth transformer sees it."""
        if self._forced is not None:
            wanted = self._forced[:1]
            token.copy_(torch.where(wanted == FREE, token, wanted))

    def _force_audio(self, tokens: torch.Tensor) -> None:
        """Overwrite drawn agent codes, [1, agent codebooks]."""
        if self._forced is not None:
            wanted = self._forced[None, 1:]
            tokens.copy_(torch.where(wanted == FREE, tokens, wanted))

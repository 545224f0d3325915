# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""The prompt protocol as it was published, frame by frame, on moshi's LMGen alone.

Written without the package's prompt code, so that the two can disagree: each forward decides the
next position, so text and first code of frame n + 1 and the delayed codes of frame n are forced in
call n, and nothing but the delayed codes in the prompt's last call.
"""

from moshi.models.lm import LMGen
import torch

PAD = 3


class StepwiseConversation:
    """Greedy unless told otherwise."""

    def __init__(self, lm, silence_codes, sine_codes, silence_frames, greedy=True):
        self._silence = silence_codes
        self._sine = torch.tensor(sine_codes)[None, :, None]
        self._silence_frames = silence_frames
        self._next_text = None
        self._codes = None
        self._gen = LMGen(
            lm,
            use_sampling=not greedy,
            on_text_hook=self._on_text,
            on_audio_hook=self._on_audio,
        )
        self._gen.streaming_forever(1)

    def prompt(self, voice_codes, text_ids):
        """voice_codes: int64 [agent codebooks, V]."""
        agent = [column.tolist() for column in voice_codes.T]
        text = [PAD] * len(agent)
        for ids in ([PAD] * self._silence_frames, text_ids, [PAD] * self._silence_frames):
            text.extend(ids)
            agent.extend([self._silence] * len(ids))
        for n, codes in enumerate(agent):
            self._next_text = text[n + 1] if n + 1 < len(text) else None
            first = agent[n + 1][:1] if n + 1 < len(agent) else [None]
            self._codes = first + codes[1:]
            self._gen.step(self._sine)
        self._next_text = self._codes = None
        return len(agent)

    def step(self, user_codes):
        return self._gen.step(user_codes)

    def _on_text(self, token):
        if self._next_text is not None:
            token[:] = self._next_text

    def _on_audio(self, tokens):
        for book, code in enumerate(self._codes or []):
            if code is not None:
                tokens[:, book] = code

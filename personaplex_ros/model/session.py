# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""One conversation: prompted with a persona, then frame in, frame out."""

from collections.abc import Callable
from dataclasses import dataclass
import secrets
import time

import numpy as np
import torch

from personaplex_ros.model.codec import Codec
from personaplex_ros.model.config import ModelConfig
from personaplex_ros.model.hold import Fader
from personaplex_ros.model.hold import Hold
from personaplex_ros.model.hold import HoldSettings
from personaplex_ros.model.hold import OnsetDetector
from personaplex_ros.model.lm import LanguageModel
from personaplex_ros.model.persona_cache import KeptPersona
from personaplex_ros.model.persona_cache import PersonaCache
from personaplex_ros.model.persona_cache import PersonaKey
from personaplex_ros.model.prompt import Prompt
from personaplex_ros.model.prompt import PromptReport
from personaplex_ros.model.prompting import PreparedPrompt
from personaplex_ros.model.sampling import MAX_SEED
from personaplex_ros.model.sampling import Sampling
from personaplex_ros.model.text import PieceDecoder

__all__ = ['FrameOutput', 'HoldSettings', 'Sampling', 'Session']


@dataclass(frozen=True)
class FrameOutput:
    """What the agent says in one frame, and what the frame cost."""

    pcm: np.ndarray
    """int16 [1920]."""

    text_id: int
    piece: str
    """Text that this token adds; '' for padding."""

    held: bool
    """An interrupt holds the agent silent in this frame."""

    encode_ms: float
    step_ms: float
    decode_ms: float


class Session:
    """The one user of a model's streaming state; call it from one thread at a time."""

    def __init__(
        self,
        config: ModelConfig,
        codec: Codec,
        lm: LanguageModel,
        pieces: PieceDecoder,
        prepare: Callable[[Prompt], PreparedPrompt],
        key: Callable[[Prompt], PersonaKey],
        personas: PersonaCache,
        sampling: Sampling,
        hold: HoldSettings,
        on_close: Callable[[], None],
    ) -> None:
        """Made by PersonaPlex.open_session."""
        self._layout = config.prompt
        self._codec = codec
        self._lm = lm
        self._pieces = pieces
        self._prepare = prepare
        self._key = key
        self._personas = personas
        self._sampling = sampling
        self._on_close = on_close
        self._settings = hold
        self._hold = Hold(lm.delays, [config.control_ids.pad, *self._layout.silence_codes])
        self._onset = OnsetDetector(hold)
        self._fader = Fader(hold)
        self._release_reason = ''
        self._events: list[tuple[str, str]] = []
        self._state = 'unprompted'
        lm.set_sampling(sampling)

    @property
    def held(self) -> bool:
        """Whether an interrupt keeps the next frame silent."""
        return self._hold.covers(self._lm.position)

    @property
    def events(self) -> list[tuple[str, str]]:
        """What happened since the last look: ('released', 'timeout' | 'user_speech' | ...).

        A release is told with the first frame that is free again.
        """
        drained, self._events = self._events, []
        return drained

    def prompt(self, prompt: Prompt) -> PromptReport:
        """Begin as this persona, at any time between frames; what was said before is forgotten.

        A persona that is kept costs a copy and one step of the language model, another one a
        prefill before that step; they talk alike. Raises PromptError before anything is
        changed: the old persona goes on.
        """
        self._refuse_closed()
        started = time.perf_counter()
        key = self._key(prompt)
        start = self._personas.get(key) or self._prepare(prompt)
        if self.held:
            self._events.append(('released', 'persona'))
        self._hold.clear()
        self._onset = OnsetDetector(self._settings)
        self._fader = Fader(self._settings)
        self._pieces.reset()
        self._seed()
        self._codec.reset()
        if isinstance(start, KeptPersona):
            self._lm.restore(start.snapshot)
        else:
            self._prefill(start, key)
        # The prompt's last frame: its delayed codes are given, what follows is free.
        self._lm.step(start.last_user_codes, start.last_forced)
        self._state = 'prompted'
        elapsed_ms = (time.perf_counter() - started) * 1e3
        return PromptReport(positions=start.positions, ms=elapsed_ms)

    def step(self, pcm: np.ndarray) -> FrameOutput:
        """Hear one frame and say one: int16 [1920] in, always an output.

        Raises AudioFormatError for another shape or dtype, RuntimeError before prompt().
        """
        self._refuse_closed()
        if self._state != 'prompted':
            raise RuntimeError('the session has no persona yet: call prompt() first')
        frame = self._lm.position
        started = time.perf_counter()
        user_codes = self._codec.encode(pcm)
        encoded = time.perf_counter()
        if self._onset.hears(pcm) and self._hold.covers(frame):
            self.release('user_speech')
        tokens = self._lm.step(user_codes, self._hold.column(frame + 1))
        text_id = int(tokens[0, 0, 0])
        stepped = time.perf_counter()
        said = self._codec.decode(tokens[:, 1:])
        held = self._hold.covers(frame)
        self._tell_release(frame)
        return FrameOutput(
            pcm=self._fader.pass_through(said, held),
            text_id=text_id,
            piece=self._pieces.piece(text_id),
            held=held,
            encode_ms=(encoded - started) * 1e3,
            step_ms=(stepped - encoded) * 1e3,
            decode_ms=(time.perf_counter() - stepped) * 1e3,
        )

    def interrupt(self) -> None:
        """Silence the agent from the very next frame on, also in its own memory.

        Lasts HoldSettings.hold_ms, until release(), or until the user begins to speak.
        """
        frame = self._lm.position
        self._release_reason = 'timeout'
        self._hold.start(frame, self._settings.hold_frames)
        # Text and semantic code of the next frame are drawn already; nobody has heard them.
        pending = self._hold.column(frame)
        if pending is not None:
            self._lm.rewrite(pending)

    def release(self, reason: str) -> None:
        """Let the agent speak again from the frame after the next: the next one is decided."""
        if self.held:
            self._hold.release_at(self._lm.position + 1)
            self._release_reason = reason

    def close(self) -> None:
        """Give the model back; closing twice does nothing."""
        if self._state != 'closed':
            self._state = 'closed'
            self._on_close()

    def _prefill(self, prepared: PreparedPrompt, key: PersonaKey) -> None:
        """Take in the prompt but for its last position, and keep that state if there is room."""
        self._lm.prefill(prepared.table, prepared.embeddings)
        self._personas.keep(
            key,
            self._lm.snapshot_nbytes,
            lambda: KeptPersona(
                self._lm.snapshot(), prepared.last_user_codes, prepared.last_forced
            ),
        )

    def _seed(self) -> None:
        seed = self._sampling.seed
        # moshi draws from torch's global generators (moshi 0.2.13, utils/sampling.py:43).
        torch.manual_seed(secrets.randbelow(MAX_SEED) if seed is None else seed)

    def _tell_release(self, frame: int) -> None:
        if self._hold.end == frame and self._release_reason:
            self._events.append(('released', self._release_reason))
            self._release_reason = ''

    def _refuse_closed(self) -> None:
        if self._state == 'closed':
            raise RuntimeError('the session is closed: open another')

# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""A loaded model: what the engine holds for its lifetime and opens sessions on."""

from pathlib import Path

import numpy as np
import torch

from personaplex_ros.audio.format import SAMPLES_PER_FRAME
from personaplex_ros.model.checkpoint import Checkpoint
from personaplex_ros.model.codec import Codec
from personaplex_ros.model.lm import LanguageModel
from personaplex_ros.model.persona_cache import checkpoint_identity
from personaplex_ros.model.persona_cache import DEFAULT_BUDGET_BYTES
from personaplex_ros.model.persona_cache import PersonaCache
from personaplex_ros.model.persona_cache import PersonaKey
from personaplex_ros.model.prompt import Prompt
from personaplex_ros.model.prompt import PromptError
from personaplex_ros.model.prompt import wrap_system
from personaplex_ros.model.prompting import PromptPreparer
from personaplex_ros.model.sampling import Sampling
from personaplex_ros.model.session import HoldSettings
from personaplex_ros.model.session import Session
from personaplex_ros.model.text import PieceDecoder
from personaplex_ros.model.voices import VoiceLibrary
from personaplex_ros.model.wav_voice import VoiceEncoder

WARM_UP_FRAMES = 4
"""moshi runs eagerly first, captures CUDA graphs next, replays from then on; one to spare."""


class SessionsBusy(Exception):
    """All sessions are taken; close one first."""


class PersonaPlex:
    """Language model, codec, tokenizer and voices of one model directory."""

    frame_samples = SAMPLES_PER_FRAME

    def __init__(self, checkpoint: Checkpoint, device: torch.device, dtype: torch.dtype) -> None:
        """Load the weights; raises CheckpointError. Use load()."""
        self._config = checkpoint.config
        self._identity = checkpoint_identity(checkpoint)
        self._tokenizer = checkpoint.load_tokenizer()
        mimi = checkpoint.load_codec(device)
        self._codec = Codec(mimi)
        self._voices = VoiceLibrary(checkpoint.voices_directory, self._config, VoiceEncoder(mimi))
        self._lm = LanguageModel(checkpoint.load_lm(device, dtype))
        self._preparer = PromptPreparer(self._config, self._voices, self._tokenizer.encode, device)
        self._open: Session | None = None
        self.device = str(device)
        self.dtype = str(dtype).removeprefix('torch.')
        self.persona_cache = PersonaCache(0)
        """Personas that every session may begin as without a prefill."""

    @classmethod
    def load(
        cls,
        directory: Path | str,
        device: str = 'auto',
        dtype: str | None = None,
        persona_cache_bytes: int | None = None,
    ) -> 'PersonaPlex':
        """Check, load and warm up a model directory.

        device: 'auto' (CUDA where there is one), 'cpu', 'cuda', 'cuda:1'. dtype: of the language
        model, 'float32' | 'bfloat16' | 'float16'; None takes config.json's. persona_cache_bytes:
        memory of the device for personas; 0 keeps none, None takes DEFAULT_BUDGET_BYTES.
        Raises CheckpointError, and ValueError for an unknown dtype.
        """
        checkpoint = Checkpoint(directory)
        if device == 'auto':
            device = 'cuda' if torch.cuda.is_available() else 'cpu'
        model = cls(checkpoint, torch.device(device), _dtype(dtype or checkpoint.config.dtype))
        model._warm_up()
        if persona_cache_bytes is None:
            persona_cache_bytes = DEFAULT_BUDGET_BYTES[torch.device(device).type]
        model.persona_cache = PersonaCache(persona_cache_bytes)  # the warm-up's is nobody's
        return model

    @property
    def name(self) -> str:
        """The model's name as config.json gives it."""
        return self._config.name

    @property
    def voices(self) -> list[str]:
        """Names of the voices, sorted."""
        return self._voices.names()

    @property
    def sampling(self) -> Sampling:
        """The checkpoint's own sampling values."""
        return self._config.sampling

    def open_session(
        self, sampling: Sampling | None = None, hold: HoldSettings | None = None
    ) -> Session:
        """Open the one session there can be; raises SessionsBusy while another is open.

        sampling: None takes the checkpoint's values. Raises ValueError where it is out of range.
        """
        sampling = sampling or self.sampling
        sampling.validate()
        if self._open is not None:
            raise SessionsBusy('the session is taken (1 of 1): close it or try again later')
        self._open = Session(
            config=self._config,
            codec=self._codec,
            lm=self._lm,
            pieces=PieceDecoder(self._tokenizer, self._config.control_ids),
            prepare=self._preparer.prepare,
            key=self._persona_key,
            personas=self.persona_cache,
            sampling=sampling,
            hold=hold or HoldSettings(),
            on_close=self._closed,
        )
        return self._open

    def _persona_key(self, prompt: Prompt) -> PersonaKey:
        """Raises PromptError for a voice that is not there."""
        return PersonaKey(
            checkpoint=self._identity,
            dtype=self.dtype,
            device=self.device,
            voice=self._voices.identity(prompt.voice),
            text=wrap_system(prompt.text, self._config.prompt.system_tag),
        )

    def _closed(self) -> None:
        self._open = None

    def _warm_up(self) -> None:
        """Run a short conversation, so that the first caller pays for no first call."""
        session = self.open_session()
        for name in self.voices:
            try:
                session.prompt(Prompt(text='', voice=name))
            except PromptError:
                continue  # who asks for this voice will be told
            for _ in range(WARM_UP_FRAMES):
                session.step(np.zeros(SAMPLES_PER_FRAME, dtype=np.int16))
            break
        session.close()


def _dtype(name: str) -> torch.dtype:
    known = {'float32': torch.float32, 'bfloat16': torch.bfloat16, 'float16': torch.float16}
    if name not in known:
        raise ValueError(f'dtype {name!r} is unknown; expected one of {", ".join(known)}')
    return known[name]

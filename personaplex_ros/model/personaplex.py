# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""A loaded model: what the engine holds for its lifetime and opens sessions on."""

import logging
from pathlib import Path

import numpy as np
import torch

from personaplex_ros.audio.format import SAMPLES_PER_FRAME
from personaplex_ros.model.checkpoint import Checkpoint
from personaplex_ros.model.codec import Codec
from personaplex_ros.model.compiling import lack_to_compile
from personaplex_ros.model.lm import LanguageModel
from personaplex_ros.model.memory import Window
from personaplex_ros.model.persona_cache import checkpoint_identity
from personaplex_ros.model.persona_cache import DEFAULT_BUDGET_BYTES
from personaplex_ros.model.persona_cache import PersonaCache
from personaplex_ros.model.persona_cache import PersonaKey
from personaplex_ros.model.personas import Personas
from personaplex_ros.model.prefill import Prefiller
from personaplex_ros.model.prompt import Prompt
from personaplex_ros.model.prompt import wrap_system
from personaplex_ros.model.prompting import PromptPreparer
from personaplex_ros.model.sampling import Sampling
from personaplex_ros.model.say import Speech
from personaplex_ros.model.seat import Seat
from personaplex_ros.model.session import Session
from personaplex_ros.model.session import SessionSettings
from personaplex_ros.model.spoken_text import read_aloud
from personaplex_ros.model.text import PieceDecoder
from personaplex_ros.model.twin import twin
from personaplex_ros.model.voices import SILENCE
from personaplex_ros.model.voices import VoiceLibrary
from personaplex_ros.model.wav_voice import VoiceEncoder
from personaplex_ros.model.word_pieces import WordPieces
from personaplex_ros.wire.limits import MAX_SESSIONS

WARM_UP_FRAMES = 4
"""moshi runs eagerly first, captures CUDA graphs next, replays from then on; one to spare."""

logger = logging.getLogger(__name__)


class SessionsBusy(Exception):
    """All sessions are taken; close one first."""


class PersonaPlex:
    """Language model, codec, tokenizer and voices of one model directory."""

    frame_samples = SAMPLES_PER_FRAME

    def __init__(
        self,
        checkpoint: Checkpoint,
        device: torch.device,
        dtype: torch.dtype,
        sessions: int,
        settings: SessionSettings,
    ) -> None:
        """Load the weights; raises CheckpointError. Use load()."""
        self._config = checkpoint.config
        self._identity = checkpoint_identity(checkpoint)
        self._settings = settings
        self._tokenizer = checkpoint.load_tokenizer()
        self._word_pieces = WordPieces(self._tokenizer, self._config.control_ids)
        mimi = checkpoint.load_codec(device)
        lm = checkpoint.load_lm(device, dtype)
        self._voices = VoiceLibrary(checkpoint.voices_directory, self._config, VoiceEncoder(mimi))
        self._free = [Seat(LanguageModel(twin(lm)), Codec(twin(mimi))) for _ in range(sessions)]
        window = Window(int(self._config.lm['context']), settings.memory)
        spare = window.spare_positions(self._config.prompt.max_positions)
        self._prefiller = Prefiller(LanguageModel(twin(lm), spare))
        self._preparer = PromptPreparer(self._config, self._voices, self._tokenizer.encode, device)
        self.sessions = sessions
        self.device = str(device)
        self.dtype = str(dtype).removeprefix('torch.')
        self.persona_cache = PersonaCache(0)
        """Personas that every session may begin as without a prefill."""

    @classmethod
    def load(
        cls,
        checkpoint: Checkpoint | Path | str,
        device: str = 'auto',
        dtype: str | None = None,
        persona_cache_bytes: int | None = None,
        sessions: int = 1,
        settings: SessionSettings | None = None,
    ) -> 'PersonaPlex':
        """Check, load and warm up a model.

        checkpoint: a model directory, or its Checkpoint, which is used up. device: 'auto' (CUDA
        where there is one), 'cpu', 'cuda', 'cuda:1', which becomes the thread's current one: use
        the model on the thread that loads it. dtype: of the language model, 'float32' |
        'bfloat16' | 'float16'; None takes config.json's. persona_cache_bytes: memory of the device
        for personas; 0 keeps none, None takes DEFAULT_BUDGET_BYTES. sessions: how many can be open
        at a time; each has its memory from the start. settings: of every session. Raises
        CheckpointError, and ValueError for an unknown dtype or sessions.
        """
        if not 1 <= sessions <= MAX_SESSIONS:
            raise ValueError(f'sessions is {sessions}; expected 1 to {MAX_SESSIONS}')
        if not isinstance(checkpoint, Checkpoint):
            checkpoint = Checkpoint(checkpoint)
        if device == 'auto':
            device = 'cuda' if torch.cuda.is_available() else 'cpu'
        on = torch.device(device)
        asked = _dtype(dtype or checkpoint.config.dtype)
        if on.type == 'cuda':
            _settle_on(on)
        model = cls(checkpoint, on, asked, sessions, settings or SessionSettings())
        model._warm_up()
        if persona_cache_bytes is None:
            persona_cache_bytes = DEFAULT_BUDGET_BYTES[on.type]
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

    @property
    def pending(self) -> bool:
        """Whether some session waits for a prefill."""
        return self._prefiller.pending

    def advance(self, positions: int) -> int:
        """Go on with the oldest prefill, by at most so many positions; tell how many it were.

        For the time between frames. The session whose prefill is done changes over in here.
        """
        taken_in = self._prefiller.advance(positions)
        if self.device.startswith('cuda'):
            torch.cuda.synchronize(self.device)  # the caller shares out time, not launches
        return taken_in

    def open_session(
        self, sampling: Sampling | None = None, settings: SessionSettings | None = None
    ) -> Session:
        """Open a session; raises SessionsBusy while all of them are open.

        sampling: None takes the checkpoint's values. settings: None takes load()'s; its memory
        must not be longer. Raises ValueError where a value is out of range.
        """
        sampling = sampling or self.sampling
        sampling.validate()
        if not self._free:
            taken = f'all sessions are taken ({self.sessions} of {self.sessions})'
            raise SessionsBusy(f'{taken}: close one or try again later')
        seat = self._free.pop()
        return Session(
            config=self._config,
            seat=seat,
            pieces=PieceDecoder(self._tokenizer, self._config.control_ids),
            speech=Speech(self._word_pieces, self._config.control_ids),
            personas=Personas(
                self._persona_key, self._preparer, self.persona_cache, self._prefiller
            ),
            sampling=sampling,
            settings=settings or self._settings,
            on_close=lambda: self._free.append(seat),
        )

    def _persona_key(self, prompt: Prompt) -> PersonaKey:
        """Raises PromptError for a voice that is not there."""
        return PersonaKey(
            checkpoint=self._identity,
            dtype=self.dtype,
            device=self.device,
            voice=self._voices.identity(prompt.voice),
            text=wrap_system(prompt.text, self._config.prompt.system_tag),
        )

    def _warm_up(self) -> None:
        """Run a short conversation on every seat, so that no caller pays for a first call.

        It needs no voice that could be missing or damaged: what takes a GPU a minute the first
        time must not fall into a caller's prompt, where it would be taken for a hang.
        """
        self._voices.encode_recordings()
        read_aloud('1')  # what reads numbers loads now, not when the agent is to speak
        opened = [self.open_session() for _ in range(self.sessions)]
        for session in opened:
            self._warm_up_one(session)
        for session in opened:
            session.close()

    def _warm_up_one(self, session: Session) -> None:
        session.prompt(Prompt(text='', voice=SILENCE))
        for _ in range(WARM_UP_FRAMES):
            session.step(np.zeros(SAMPLES_PER_FRAME, dtype=np.int16))


def _settle_on(device: torch.device) -> None:
    """Make this thread's CUDA graphs be captured on this GPU, and say what it has to do without.

    A graph is captured on the current device, wherever its tensors lie (pytorch#87894).
    """
    if device.index is not None:
        torch.cuda.set_device(device)
    lack = lack_to_compile()
    if lack:
        logger.warning(lack)


def _dtype(name: str) -> torch.dtype:
    known = {'float32': torch.float32, 'bfloat16': torch.bfloat16, 'float16': torch.float16}
    if name not in known:
        raise ValueError(f'dtype {name!r} is unknown; expected one of {", ".join(known)}')
    return known[name]

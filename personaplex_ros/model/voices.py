# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""The voices of a model directory, found by name and never by path."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
import re

import numpy as np
from safetensors import safe_open
from safetensors import SafetensorError
import torch

from personaplex_ros.model.config import ModelConfig
from personaplex_ros.model.prompt import PromptError
from personaplex_ros.model.prompt import UnknownVoice
from personaplex_ros.model.published_voice import read_published
from personaplex_ros.model.wav_voice import read_wav_voice

ASKED_SUFFIXES = ('.pt', '.wav', '.safetensors')
"""What a caller may write after a name; NVIDIA's page sends NATF2.pt."""

STORED_SUFFIXES = ('.safetensors', '.pt', '.wav')
"""Kinds of voice file, the preferred one first."""

SILENCE = '(silence)'
"""The voice that every model has, of a second in which nobody speaks; no caller can name it."""

SILENT_FRAMES = 12

_NAME = re.compile(r'[A-Za-z0-9][A-Za-z0-9_-]{0,63}')


@dataclass(frozen=True)
class Voice:
    """A voice sample as the model remembers having spoken it."""

    codes: torch.Tensor
    """int64 [agent codebooks, V]; with embeddings only the last max(delays) + 1 frames count."""

    embeddings: torch.Tensor | None = None
    """[V - 1, dim] summed input embeddings of the first V - 1 positions, where stored so."""


class VoiceLibrary:
    """Files voices/NAME.safetensors ({'codes'}), NAME.pt (as published) and NAME.wav."""

    def __init__(
        self,
        directory: Path,
        config: ModelConfig,
        encode: Callable[[np.ndarray], torch.Tensor] | None = None,
    ) -> None:
        """directory: the voices folder; it is listed anew each time a voice is asked for.

        encode: float32 [V, 1920] -> int64 [agent codebooks, V] (wav_voice.VoiceEncoder); without
        it wav files are no voices.
        """
        self._directory = directory
        self._config = config
        self._encode = encode
        self._encoded: dict[Path, tuple[str, Voice]] = {}

    def encode_recordings(self) -> None:
        """Encode every wav voice now; who asks for a bad one will be told then."""
        for name, path in self._files().items():
            if path.suffix == '.wav':
                try:
                    self.load(name)
                except PromptError:
                    continue

    def names(self) -> list[str]:
        """Return the bare names, sorted."""
        return sorted(self._files())

    def load(self, name: str) -> Voice:
        """Read a voice; raises UnknownVoice for a bad or unknown name, PromptError for a bad file.

        A name only selects among the files that are there, so it cannot lead out of the folder.
        """
        if name == SILENCE:
            codes = torch.tensor(self._config.prompt.silence_codes, dtype=torch.long)
            return Voice(codes[:, None].repeat(1, SILENT_FRAMES))
        path = self._path(name)
        if path.suffix == '.pt':
            return Voice(*read_published(path, self._config))
        if path.suffix == '.wav' and self._encode is not None:
            return self._recording(name, path, self._encode)
        return Voice(self._read_codes(path))

    def identity(self, name: str) -> str:
        """Return what changes whenever the voice's file does; raises as load() does.

        Beside size and modification time it holds the time of the last change to the inode,
        which a copy with an old date does not carry over.
        """
        if name == SILENCE:
            return 'silence'
        path = self._path(name)
        try:
            status = path.stat()
        except OSError as error:
            raise PromptError(f'voices/{path.name} cannot be read: {error}') from None
        return f'{path} {status.st_size} {status.st_mtime_ns} {status.st_ctime_ns}'

    def _recording(
        self, name: str, path: Path, encode: Callable[[np.ndarray], torch.Tensor]
    ) -> Voice:
        """Encode a wav once for every version of the file: it takes longer than a frame lasts."""
        identity = self.identity(name)
        known, voice = self._encoded.get(path, ('', None))
        if voice is None or known != identity:
            voice = Voice(encode(read_wav_voice(path, self._config)))
            self._encoded[path] = identity, voice
        return voice

    def _path(self, name: str) -> Path:
        path = self._files().get(_bare(name))
        if path is None:
            raise UnknownVoice(f'voice {name[:80]!r} is not in voices/ ({self._have()})')
        return path

    def _files(self) -> dict[str, Path]:
        files: dict[str, Path] = {}
        for suffix in reversed(STORED_SUFFIXES):
            if suffix == '.wav' and self._encode is None:
                continue
            for path in self._directory.glob(f'*{suffix}'):
                if _NAME.fullmatch(path.stem) and path.is_file():
                    files[path.stem] = path
        return files

    def _have(self) -> str:
        names = self.names()
        return f'have {names[0]} … {names[-1]}' if names else 'it holds no voice'

    def _read_codes(self, path: Path) -> torch.Tensor:
        try:
            with safe_open(path, framework='pt') as file:
                codes = file.get_tensor('codes').to(torch.long)
        except (SafetensorError, OSError) as error:
            raise PromptError(f'voices/{path.name} cannot be read: {error}') from None
        return check_codes(codes, self._config, f'voices/{path.name}')


def check_codes(codes: torch.Tensor, config: ModelConfig, where: str) -> torch.Tensor:
    """Return codes if they are [agent codebooks, V > 0] of this codec, else raise PromptError."""
    count, card = config.agent_codebooks, config.lm['card']
    if codes.dim() != 2 or codes.shape[0] != count or codes.shape[1] == 0:
        raise PromptError(f'{where} holds codes {list(codes.shape)}; expected [{count}, frames]')
    if codes.min() < 0 or codes.max() >= card:
        raise PromptError(f'{where} holds codes beyond 0 to {card - 1}: it is of another codec')
    return codes


def _bare(name: str) -> str:
    for suffix in ASKED_SUFFIXES:
        if name.endswith(suffix):
            return name[: -len(suffix)]
    return name

# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""A voice from a recording of somebody speaking, by upstream's recipe: loudness, then Mimi."""

from collections.abc import Iterator
from contextlib import contextmanager
import math
from pathlib import Path

from moshi.models.compression import MimiModel
from moshi.utils.compile import no_cuda_graph
import numpy as np
import torch

from personaplex_ros.audio.format import FRAME_RATE_HZ
from personaplex_ros.audio.format import SAMPLE_RATE_HZ
from personaplex_ros.audio.format import SAMPLES_PER_FRAME
from personaplex_ros.audio.recording import average
from personaplex_ros.audio.recording import Recording
from personaplex_ros.audio.sound_file import SoundFileError
from personaplex_ros.model.config import ModelConfig
from personaplex_ros.model.prompt import PromptError

TARGET_LUFS = -24.0
"""Loudness of the voices the model was trained with (personaplex 3428dfd, models/lm.py:969)."""

MIN_SECONDS = 0.4
"""One gating block of ITU-R BS.1770-4: in less than that no loudness can be measured."""

MAX_PEAK = 0.99
"""Of full scale: a sharp recording stays a little quieter instead of being clipped."""


def read_wav_voice(path: Path, config: ModelConfig) -> np.ndarray:
    """Return the voice at its loudness: float32 [V, 1920], the last frame filled with silence.

    Channels are averaged, any rate is converted. Raises PromptError for what is no sound, too
    short, longer than a prompt may be, or silent.
    """
    where = f'voices/{path.name}'
    try:
        mono = _mono(path, config.prompt.max_positions / FRAME_RATE_HZ)
        voice = _normalised(mono)
    except (SoundFileError, PromptError) as error:
        reason = str(error).removeprefix(f'{path}: ')
        raise PromptError(f'{where} cannot be used as a voice: {reason}') from None
    return np.pad(voice, (0, -len(voice) % SAMPLES_PER_FRAME)).reshape(-1, SAMPLES_PER_FRAME)


class VoiceEncoder:
    """Makes codes of a voice with the model's own Mimi, whatever else that is streaming."""

    def __init__(self, mimi: MimiModel) -> None:
        """mimi: in eval mode; what it hears in a conversation is left as it is."""
        self._mimi = mimi
        self._device = next(mimi.parameters()).device

    @torch.inference_mode()
    def __call__(self, frames: np.ndarray) -> torch.Tensor:
        """float32 [V, 1920] -> int64 [codebooks, V], on the CPU."""
        with _stream_of_its_own(self._mimi):
            codes = [
                self._mimi.encode(frame[None, None])
                for frame in torch.from_numpy(frames).to(self._device)
            ]
        return torch.cat(codes, dim=-1)[0].cpu()


def _mono(path: Path, longest_s: float) -> np.ndarray:
    """Return float32 [n], 24 kHz, full scale 1."""
    with Recording(path) as recording:
        _check_length(recording.seconds, longest_s)  # before all of it is in memory
        mono = recording.read(average)
    _check_length(len(mono) / SAMPLE_RATE_HZ, longest_s)  # a header may promise too much
    return mono


def _check_length(seconds: float, longest_s: float) -> None:
    if not MIN_SECONDS <= seconds <= longest_s:
        raise PromptError(
            f'it lasts {seconds:.2f} s; expected {MIN_SECONDS} to {longest_s:.0f} s of speech'
        )


def _normalised(mono: np.ndarray) -> np.ndarray:
    """Bring float32 [n] to TARGET_LUFS, or as near as its peaks allow."""
    try:
        from pyloudnorm import Meter  # it imports scipy, which only wav voices need
    except ImportError:
        raise PromptError('a wav needs pyloudnorm: pip install pyloudnorm==0.2.0') from None
    loudness = Meter(SAMPLE_RATE_HZ).integrated_loudness(mono.astype(np.float64))
    if not math.isfinite(loudness):  # every block is below the gate of -70 LUFS
        raise PromptError('it is silent; record somebody speaking')
    gain = 10 ** ((TARGET_LUFS - loudness) / 20)
    peak = float(np.abs(mono).max())
    return mono * np.float32(min(gain, MAX_PEAK / peak))


@contextmanager
def _stream_of_its_own(mimi: MimiModel) -> Iterator[None]:
    """Let Mimi begin afresh, and go on afterwards where it was.

    Without CUDA graphs: the few frames of a voice do not earn the capture of one.
    """
    running = mimi.get_streaming_state()
    mimi.set_streaming_state(dict.fromkeys(running))
    try:
        with no_cuda_graph(), mimi.streaming(1):
            yield
    finally:
        mimi.set_streaming_state(running)

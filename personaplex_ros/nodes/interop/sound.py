# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""Sound without a message type, and samples of any usual width as int16."""

from dataclasses import dataclass

import numpy as np

from personaplex_ros.audio.format import AudioFormatError

MAX_BYTES = 1 << 22
"""Twenty seconds of 48 kHz float stereo; a longer message is no live audio."""

_WIDTHS = {'S8': 'i1', 'U8': 'u1', 'S16': 'i2', 'S32': 'i4', 'F32': 'f4', 'F64': 'f8'}


@dataclass(frozen=True)
class Sound:
    """int16 [n * channels], interleaved."""

    samples: np.ndarray
    rate_hz: int
    channels: int


def from_bytes(data: bytes, sample_format: str) -> np.ndarray:
    """Return int16 [n] for raw samples.

    sample_format: as GStreamer writes it: S16LE, S16BE, S24LE, S32LE, F32LE, F64LE, S8, U8.
    Raises AudioFormatError for another one and for half samples.
    """
    if len(data) > MAX_BYTES:
        raise AudioFormatError(f'a message of {len(data)} bytes; expected at most {MAX_BYTES}')
    name = sample_format[:3].rstrip('LB')
    if sample_format == 'S24LE':
        return _from_24_bit(data)
    if name not in _WIDTHS:
        raise AudioFormatError(f'samples of format {sample_format!r}; expected S16LE')
    dtype = np.dtype(('>' if sample_format.endswith('BE') else '<') + _WIDTHS[name])
    if len(data) % dtype.itemsize:
        raise AudioFormatError(f'{len(data)} bytes; expected whole samples of {sample_format}')
    return to_int16(np.frombuffer(data, dtype))


def to_int16(samples: np.ndarray) -> np.ndarray:
    """Return int16 [n] of the same sound; what is no number becomes silence.

    samples: int8, uint8, int16, int32 at full scale, or float at +-1.
    """
    kind, size = samples.dtype.kind, samples.dtype.itemsize
    if kind == 'f':
        finite = np.nan_to_num(samples.astype(np.float64), nan=0.0, posinf=0.0, neginf=0.0)
        return np.clip(np.rint(finite * 32768.0), -32768, 32767).astype(np.int16)
    if size == 1:
        middle = 128 if kind == 'u' else 0
        return ((samples.astype(np.int16) - middle) << 8).astype(np.int16)
    return (samples.astype(np.int32) >> (8 * size - 16)).astype(np.int16)


def few_channels(samples: np.ndarray, rate_hz: int, channels: int) -> Sound:
    """Return the sound; of more than two channels the first, which arrays give processed.

    Raises AudioFormatError where samples and channels do not fit each other.
    """
    if not 1 <= channels <= 64 or len(samples) % channels:
        raise AudioFormatError(f'{len(samples)} samples in {channels} channels')
    if channels > 2:
        return Sound(np.ascontiguousarray(samples.reshape(-1, channels)[:, 0]), rate_hz, 1)
    return Sound(samples, rate_hz, channels)


def _from_24_bit(data: bytes) -> np.ndarray:
    if len(data) % 3:
        raise AudioFormatError(f'{len(data)} bytes; expected whole samples of S24LE')
    upper = np.frombuffer(data, np.uint8).reshape(-1, 3)[:, 1:]
    return np.ascontiguousarray(upper).view('<i2').reshape(-1).astype(np.int16)

# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""From messages of other packages to sound."""

from collections.abc import Callable
from typing import Any

import numpy as np

from personaplex_ros.audio.format import AudioFormatError
from personaplex_ros.nodes.interop.sound import few_channels
from personaplex_ros.nodes.interop.sound import from_bytes
from personaplex_ros.nodes.interop.sound import Sound

NOT_RAW = 'compressed audio ({}); start its capture node with format:=wave'

_MPEG_STARTS = (b'\xff\xfb', b'\xff\xfa', b'\xff\xf3', b'\xff\xf2', b'ID3')
"""First bytes of an mp3: MPEG-1 or MPEG-2 layer III without and with checksum, or a tag."""

_FIELDS = {1: 'float32_data', 2: 'int32_data', 8: 'int16_data', 16: 'int8_data', 32: 'uint8_data'}
"""Sample format of mgonzs13/audio_common (PortAudio's flags, portaudio.h) -> where it lies."""

_INTROLAB = {
    'signed_8': 'S8',
    'signed_16': 'S16LE',
    'signed_24': 'S24LE',
    'signed_32': 'S32LE',
    'unsigned_8': 'U8',
    'float': 'F32LE',
    'double': 'F64LE',
}
"""Formats of introlab/audio_utils (README) as GStreamer writes them."""

FOREIGN_TYPES = (
    'audio_common_msgs/msg/AudioData',
    'audio_common_msgs/msg/AudioDataStamped',
    'audio_common_msgs/msg/AudioStamped',
    'audio_utils_msgs/msg/AudioFrame',
)


class NoInfo(AudioFormatError):
    """Raw bytes of which nobody has told the format yet."""


def decode(message: Any, info: Any) -> Sound:
    """Return the sound of a message of one of the FOREIGN_TYPES.

    info: the latest audio_common_msgs/AudioInfo (ros-drivers), None where none came; only its
    AudioData and AudioDataStamped need it. Raises AudioFormatError, NoInfo among them.
    """
    return _decoder_of(message)(message, info)


def _decoder_of(message: Any) -> Callable[[Any, Any], Sound]:
    """Tell the packages that share a name apart by what their messages hold."""
    if hasattr(message, 'frame_sample_count'):
        return _audio_frame
    body = getattr(message, 'audio', message)
    if hasattr(body, 'audio_data'):
        return _audio_stamped
    if hasattr(body, 'int16_data'):
        raise AudioFormatError(
            'AudioData of mgonzs13/audio_common tells no rate; publish AudioStamped'
        )
    return _audio_data


def _audio_data(message: Any, info: Any) -> Sound:
    """ros-drivers/audio_common: AudioData, AudioDataStamped."""
    data = bytes(getattr(message, 'audio', message).data)
    told = None if info is None else info.coding_format
    # four of 65 536 samples begin as an mp3 does: who says that it is raw is believed
    if told != 'wave' and data.startswith(_MPEG_STARTS):
        raise AudioFormatError(NOT_RAW.format('mp3'))
    if info is None:
        raise NoInfo('nobody told rate and format yet: is its audio_info topic remapped too?')
    if info.coding_format not in ('', 'wave'):
        raise AudioFormatError(NOT_RAW.format(info.coding_format))
    samples = from_bytes(data, info.sample_format)
    return few_channels(samples, info.sample_rate, info.channels)


def _audio_stamped(message: Any, info: Any) -> Sound:
    """mgonzs13/audio_common: AudioStamped."""
    data, told = message.audio.audio_data, message.audio.info
    if told.format not in _FIELDS:
        raise AudioFormatError(f'sample format {told.format}; expected 8 (int16)')
    kind = _FIELDS[told.format].removesuffix('_data')
    values = np.asarray(getattr(data, _FIELDS[told.format]), np.dtype(kind))
    letter = {'f': 'F', 'i': 'S', 'u': 'U'}[values.dtype.kind]
    samples = from_bytes(values.tobytes(), f'{letter}{8 * values.itemsize}LE')
    return few_channels(samples, told.rate, told.channels)


def _audio_frame(message: Any, info: Any) -> Sound:
    """introlab/audio_utils: AudioFrame."""
    if message.format not in _INTROLAB:
        raise AudioFormatError(f'sample format {message.format!r}; expected signed_16')
    samples = from_bytes(bytes(message.data), _INTROLAB[message.format])
    return few_channels(samples, message.sampling_frequency, message.channel_count)

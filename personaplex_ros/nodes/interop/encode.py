# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""From our chunks to messages of other packages."""

from array import array
from collections.abc import Callable
from typing import Any

from personaplex_ros.msg import AudioChunk

INT16 = 8
"""PortAudio's flag for it, as mgonzs13/audio_common uses it."""


def raw_audio(kind: type, chunk: AudioChunk) -> Any:
    """foxglove_msgs/RawAudio: what the audio panel of Foxglove plays."""
    return kind(
        timestamp=chunk.header.stamp,
        data=_bytes(chunk),
        format='pcm-s16',
        sample_rate=chunk.sample_rate,
        number_of_channels=chunk.channels,
    )


def audio_data(kind: type, chunk: AudioChunk) -> Any:
    """audio_common_msgs/AudioData of ros-drivers; its format is told on audio_info."""
    return kind(data=_bytes(chunk))


def audio_data_stamped(kind: type, chunk: AudioChunk) -> Any:
    """audio_common_msgs/AudioDataStamped of ros-drivers."""
    message = kind(header=chunk.header)
    message.audio.data = _bytes(chunk)
    return message


def audio_stamped(kind: type, chunk: AudioChunk) -> Any:
    """audio_common_msgs/AudioStamped of mgonzs13."""
    message = kind(header=chunk.header)
    message.audio.audio_data.int16_data = chunk.samples
    info = message.audio.info
    info.format, info.channels, info.rate = INT16, chunk.channels, chunk.sample_rate
    info.chunk = len(chunk.samples) // chunk.channels
    return message


def audio_frame(kind: type, chunk: AudioChunk) -> Any:
    """audio_utils_msgs/AudioFrame of introlab."""
    return kind(
        header=chunk.header,
        format='signed_16',
        channel_count=chunk.channels,
        sampling_frequency=chunk.sample_rate,
        frame_sample_count=len(chunk.samples) // chunk.channels,
        data=_bytes(chunk),
    )


ENCODERS: dict[str, Callable[[type, AudioChunk], Any]] = {
    'foxglove_msgs/msg/RawAudio': raw_audio,
    'audio_common_msgs/msg/AudioData': audio_data,
    'audio_common_msgs/msg/AudioDataStamped': audio_data_stamped,
    'audio_common_msgs/msg/AudioStamped': audio_stamped,
    'audio_utils_msgs/msg/AudioFrame': audio_frame,
}
"""Type name -> function(message class, chunk) -> message."""


def _bytes(chunk: AudioChunk) -> array:
    return array('B', array('h', chunk.samples).tobytes())

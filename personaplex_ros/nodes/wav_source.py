# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""A sound file as a microphone: publishes it to audio/in in real time."""

from array import array
from dataclasses import dataclass
import time

import numpy as np
from rclpy.node import Node
from rclpy.time import Time
from std_msgs.msg import Header

from personaplex_ros.audio.sound_file import SoundFile
from personaplex_ros.audio.sound_file import SoundFileError
from personaplex_ros.conversation.settings import setting
from personaplex_ros.conversation.state import State
from personaplex_ros.msg import AudioChunk
from personaplex_ros.msg import ConversationState
from personaplex_ros.nodes import parameters
from personaplex_ros.nodes import qos
from personaplex_ros.nodes.main import run_node


@dataclass(frozen=True)
class WavSourceSettings:
    """What is played, and when."""

    path: str = setting('', 'Sound file: mono or stereo, 8 to 192 kHz.', read_only=True)
    chunk_ms: int = setting(
        20, 'Length of a chunk.', unit='ms', minimum=5, maximum=100, read_only=True
    )
    tail_s: float = setting(
        2.0,
        'Silence after the file, so that the answer can be heard.',
        unit='s',
        minimum=0.0,
        maximum=3600.0,
        read_only=True,
    )
    wait_for_live: bool = setting(
        True, 'Begin when the conversation is live, not at once.', read_only=True
    )


class WavSource(Node):
    """Publishes chunks by the clock; `done` once file and tail are played."""

    def __init__(self, node_name: str = 'wav_source', **kwargs) -> None:
        super().__init__(node_name, **kwargs)
        self._settings = parameters.take(self, WavSourceSettings)
        self._file = SoundFile(self._settings.path)
        self._chunk = self._file.rate_hz * self._settings.chunk_ms // 1000
        self._length = self._file.samples + round(self._settings.tail_s * self._file.rate_hz)
        self._seq = 0
        self._sent = 0
        self._begun_s: float | None = None
        self._begun_ns = 0
        self.done = False
        self._publisher = self.create_publisher(AudioChunk, 'audio/in', qos.audio_publish())
        if self._settings.wait_for_live:
            self._state = self.create_subscription(
                ConversationState, 'state', self._on_state, qos.latched()
            )
        else:
            self._begin()
        self._timer = self.create_timer(self._settings.chunk_ms / 2000, self._on_timer)

    @property
    def played_s(self) -> float:
        """Seconds published so far."""
        return self._sent / self._file.rate_hz

    def destroy_node(self) -> None:
        """Close the file too."""
        self._file.close()
        super().destroy_node()

    def _on_state(self, state: ConversationState) -> None:
        if state.state == State.LIVE and self._begun_s is None:
            self._begin()

    def _begin(self) -> None:
        self._begun_ns = self.get_clock().now().nanoseconds
        self._begun_s = time.monotonic()

    def _on_timer(self) -> None:
        """Publish every chunk whose last sample is in the past, as a microphone would."""
        if self._begun_s is None or self.done:
            return
        due = (time.monotonic() - self._begun_s) * self._file.rate_hz
        try:
            while not self.done and self._sent + self._chunk <= due:
                self._publish(self._next_chunk())
        except SoundFileError as error:
            self.get_logger().error(str(error))
            self.done = True

    def _next_chunk(self) -> np.ndarray:
        """Return int16 [chunk * channels]: of the file, then of the tail's silence."""
        samples = self._file.read(self._chunk)
        missing = self._chunk - len(samples) // self._file.channels
        return np.pad(samples, (0, missing * self._file.channels))

    def _publish(self, samples: np.ndarray) -> None:
        stamp_ns = self._begun_ns + self._sent * 1_000_000_000 // self._file.rate_hz
        self._publisher.publish(
            AudioChunk(
                header=Header(stamp=Time(nanoseconds=stamp_ns).to_msg()),
                sample_rate=self._file.rate_hz,
                channels=self._file.channels,
                seq=self._seq,
                samples=array('h', samples.tobytes()),
            )
        )
        self._seq += 1
        self._sent += self._chunk
        self.done = self._sent >= self._length


def main() -> None:
    """Play one file until it ends or the node is interrupted."""
    run_node(WavSource, until=lambda node: node.done)


if __name__ == '__main__':
    main()

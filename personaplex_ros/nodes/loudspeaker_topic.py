# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""audio/out to the player, and the player's cursor back to who speaks."""

from collections.abc import Callable

import numpy as np
from rclpy.lifecycle import LifecycleNode
from rclpy.qos_overriding_options import QoSOverridingOptions
from std_msgs.msg import Header

from personaplex_ros.audio.format import AudioFormatError
from personaplex_ros.audio.intake import MonoStream
from personaplex_ros.audio.playout.pieces import Origin
from personaplex_ros.audio.playout.player import Chunk
from personaplex_ros.msg import AudioChunk
from personaplex_ros.msg import PlayoutCursor
from personaplex_ros.nodes import qos
from personaplex_ros.nodes.polled import Polled
from personaplex_ros.nodes.polled import waiting
from personaplex_ros.nodes.ros_time import ros_stamp

WARN_PERIOD_S = 5.0

CURSOR_PERIOD_NS = 70_000_000
"""A little less than a frame, so that every frame gets one."""


class LoudspeakerTopic:
    """The subscription of audio/out and the publisher of playout_cursor."""

    def __init__(self, node: LifecycleNode) -> None:
        self._node = node
        self._push: Callable[[Chunk], None] | None = None
        self._stream = MonoStream()
        self._told: tuple[int, int] = (-1, 0)  # epoch and time of the last cursor
        self.rejected = 0
        self._why = ''  # the latest was rejected, and has not been told yet
        self._subscription = node.create_subscription(
            AudioChunk,
            'audio/out',
            self._on_chunk,
            qos.audio_subscribe(),
            callback_group=Polled(),
            qos_overriding_options=QoSOverridingOptions.with_default_policies(),
        )
        self._cursor = node.create_lifecycle_publisher(
            PlayoutCursor, 'playout_cursor', qos.events()
        )

    def open(self, push: Callable[[Chunk], None]) -> None:
        """Hand chunks to this player."""
        self._stream = MonoStream()
        self.rejected = 0
        for _stale in waiting(self._subscription):
            pass
        self._push = push

    def close(self) -> None:
        """Play no more."""
        self._push = None

    def take(self) -> None:
        """Hand over what has come; for the device's thread."""
        if self._push is not None:
            for chunk in waiting(self._subscription):
                self._on_chunk(chunk)

    def look(self) -> None:
        """Tell why chunks were rejected since the last look."""
        why, self._why = self._why, ''
        if why:
            self._node.get_logger().warning(
                f'audio/out: {why}', throttle_duration_sec=WARN_PERIOD_S
            )

    def wants_cursor(self, origin: Origin, audible_ns: int) -> bool:
        """Whether it is time for a cursor again; for the device's thread."""
        epoch, last_ns = self._told
        if epoch == origin.epoch and abs(audible_ns - last_ns) < CURSOR_PERIOD_NS:
            return False
        self._told = (origin.epoch, audible_ns)
        return True

    def publish_cursor(self, origin: Origin, offset: int, audible_ns: int) -> None:
        """Tell that this sample will be heard then (time.monotonic_ns)."""
        if self._node.context.ok():
            self._cursor.publish(
                PlayoutCursor(
                    header=Header(stamp=ros_stamp(self._node, audible_ns)),
                    epoch=origin.epoch,
                    seq=origin.seq,
                    offset=offset,
                )
            )

    def _on_chunk(self, chunk: AudioChunk) -> None:
        push = self._push
        if push is None:
            return
        samples = np.frombuffer(chunk.samples, np.int16)
        try:
            samples = self._stream.push(samples, chunk.sample_rate, chunk.channels)
        except AudioFormatError as error:
            self.rejected += 1
            self._why = str(error)
            return
        push(Chunk(samples, Origin(chunk.epoch, chunk.seq)))

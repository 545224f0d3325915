# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""How far the loudspeaker is in what was said: the cursor of whoever plays audio/out."""

import math
import time

from rclpy.callback_groups import MutuallyExclusiveCallbackGroup
from rclpy.node import Node

from personaplex_ros.audio.format import SAMPLE_RATE_HZ
from personaplex_ros.conversation.mouth_to_ear import MouthToEar
from personaplex_ros.msg import PlayoutCursor
from personaplex_ros.nodes import qos
from personaplex_ros.nodes.ros_time import monotonic_s

STALE_S = 1.0
"""Without a cursor for so long there is no player to ask."""


class PlayoutFollower:
    """The subscription of playout_cursor."""

    def __init__(self, node: Node, latency: MouthToEar) -> None:
        self._node = node
        self._latency = latency
        self._last: tuple[int, float] | None = None  # seq, and when it began to be heard
        self.chunk_samples = 1
        """Length of the chunks on audio/out, at 24 kHz."""
        self._subscription = node.create_subscription(
            PlayoutCursor,
            'playout_cursor',
            self._on_cursor,
            qos.events(),
            callback_group=MutuallyExclusiveCallbackGroup(),
        )

    @property
    def heard_seq(self) -> int | None:
        """The last chunk that has been heard to its end; None where nobody tells."""
        if self._last is None:
            return None
        seq, began_s = self._last
        since_s = time.monotonic() - began_s
        if abs(since_s) > STALE_S:  # ago, or by a clock that is not ours
            return None
        return seq - 1 + math.floor(since_s * SAMPLE_RATE_HZ / self.chunk_samples)

    def _on_cursor(self, cursor: PlayoutCursor) -> None:
        audible_s = monotonic_s(self._node, cursor.header.stamp)
        self._latency.heard(cursor.seq, cursor.offset, self.chunk_samples, audible_s)
        self._last = (cursor.seq, audible_s - cursor.offset / SAMPLE_RATE_HZ)

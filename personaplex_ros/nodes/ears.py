# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""What the robot hears: chunks from audio/in become frames for the conversation."""

import time

import numpy as np
from rclpy.callback_groups import MutuallyExclusiveCallbackGroup
from rclpy.node import Node
from rclpy.qos_overriding_options import QoSOverridingOptions

from personaplex_ros.audio.format import AudioFormatError
from personaplex_ros.audio.intake import Intake
from personaplex_ros.conversation.runner import ConversationRunner
from personaplex_ros.msg import AudioChunk
from personaplex_ros.nodes import qos

WARN_PERIOD_S = 5.0

MAX_GAP_CHUNKS = 100_000
"""Half an hour of 20 ms chunks."""


class Ears:
    """The subscription of audio/in."""

    def __init__(self, node: Node) -> None:
        self._node = node
        self._runner: ConversationRunner | None = None
        self._intake = Intake()
        self._last_seq: int | None = None
        self._subscription = node.create_subscription(
            AudioChunk,
            'audio/in',
            self._on_chunk,
            qos.AUDIO_SUBSCRIBE,
            callback_group=MutuallyExclusiveCallbackGroup(),
            qos_overriding_options=QoSOverridingOptions.with_default_policies(),
        )

    def open(self, runner: ConversationRunner) -> None:
        """Listen for this conversation."""
        self._intake = Intake()
        self._last_seq = None
        self._runner = runner

    def close(self) -> None:
        """Listen no more."""
        self._runner = None

    def _on_chunk(self, chunk: AudioChunk) -> None:
        complete_s = time.monotonic()
        runner = self._runner
        if runner is None:
            return
        self._note_gap(runner, chunk.seq)
        samples = np.frombuffer(chunk.samples, np.int16)
        try:
            frames = list(self._intake.push(samples, chunk.sample_rate, chunk.channels))
        except AudioFormatError as error:
            runner.note_chunks(rejected=1, lost=0)
            self._node.get_logger().warning(
                f'audio/in: {error}', throttle_duration_sec=WARN_PERIOD_S
            )
            return
        if frames:
            runner.hear(frames, complete_s)

    def _note_gap(self, runner: ConversationRunner, seq: int) -> None:
        """Count missing chunks; a seq that went back or far ahead is another sender's."""
        if self._last_seq is not None:
            lost = seq - self._last_seq - 1
            if 0 < lost <= MAX_GAP_CHUNKS:
                runner.note_chunks(rejected=0, lost=lost)
        self._last_seq = seq

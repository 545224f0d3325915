# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""What the robot hears: chunks from audio/in become frames for the conversation."""

import threading
import time

import numpy as np
from rclpy.callback_groups import MutuallyExclusiveCallbackGroup
from rclpy.node import Node
from rclpy.qos_overriding_options import QoSOverridingOptions

from personaplex_ros.audio.arrival import ArrivalWatch
from personaplex_ros.audio.detuning import DetuningWatch
from personaplex_ros.audio.format import AudioFormatError
from personaplex_ros.audio.format import FRAME_S
from personaplex_ros.audio.intake import Intake
from personaplex_ros.audio.microphone_health import MicrophoneHealth
from personaplex_ros.conversation.passage import Passage
from personaplex_ros.conversation.runner import ConversationRunner
from personaplex_ros.msg import AudioChunk
from personaplex_ros.nodes import qos
from personaplex_ros.nodes.interop.foreign_ears import ForeignEars
from personaplex_ros.nodes.ros_time import monotonic_s

WARN_PERIOD_S = 5.0

MAX_AGE_S = 10.0
"""Nobody holds microphone sound back for so long: such a stamp is of another clock."""

MAX_GAP_CHUNKS = 100_000
"""Half an hour of 20 ms chunks."""


class Ears:
    """The subscription of audio/in."""

    def __init__(self, node: Node) -> None:
        self._node = node
        self._runner: ConversationRunner | None = None
        self._intake = Intake()
        self._last_seq: int | None = None
        self._arrival = ArrivalWatch()
        self._detuning = DetuningWatch()
        self._health = MicrophoneHealth()
        self._rate_hz = 0
        self._sound_s: float | None = None
        self._one_chunk = threading.Lock()  # other packages' microphones have their own threads
        group = MutuallyExclusiveCallbackGroup()
        self._subscription = node.create_subscription(
            AudioChunk,
            'audio/in',
            self._on_chunk,
            qos.audio_subscribe(),
            callback_group=group,
            qos_overriding_options=QoSOverridingOptions.with_default_policies(),
        )
        self._foreign = ForeignEars(node, self._on_chunk, group)

    def open(self, runner: ConversationRunner) -> None:
        """Listen for this conversation."""
        self._intake = Intake()
        self._last_seq = None
        self._arrival = ArrivalWatch()
        self._detuning = DetuningWatch()
        self._health = MicrophoneHealth()
        self._runner = runner

    def activate(self) -> None:
        """Expect sound from now on."""
        self._sound_s = time.monotonic()

    def deactivate(self) -> None:
        """Expect none."""
        self._sound_s = None

    def close(self) -> None:
        """Listen no more."""
        self._runner = None
        self._sound_s = None

    @property
    def missing_s(self) -> float | None:
        """For how long nothing usable has come, while active; None while none is expected."""
        sound_s = self._sound_s
        return None if sound_s is None else time.monotonic() - sound_s

    @property
    def dead_s(self) -> float:
        """For how long what came was no sound at all, not even noise."""
        return self._health.dead_s

    @property
    def mismatch(self) -> str:
        """What is wrong with the sample rate that the chunks name, or ''."""
        return self._arrival.mismatch(self._rate_hz)

    @property
    def detuned(self) -> str:
        """Why what comes is heard too high or too low, or ''."""
        return self._detuning.problem(self._rate_hz)

    def destroy(self) -> None:
        """Leave the graph."""
        self._foreign.close()

    def _on_chunk(self, chunk: AudioChunk) -> None:
        with self._one_chunk:
            self._hear(chunk)

    def _hear(self, chunk: AudioChunk) -> None:
        complete_s = time.monotonic()
        runner = self._runner
        if runner is None:
            return
        lost = self._note_gap(runner, chunk.seq)
        samples = np.frombuffer(chunk.samples, np.int16)
        before_s = self._intake.waiting_s
        try:
            frames = list(self._intake.push(samples, chunk.sample_rate, chunk.channels))
        except AudioFormatError as error:
            runner.note_chunks(rejected=1, lost=0)
            self._node.get_logger().warning(
                f'audio/in: {error}', throttle_duration_sec=WARN_PERIOD_S
            )
            return
        self._rate_hz = chunk.sample_rate
        if self._sound_s is not None:
            self._sound_s = complete_s
        length_s = len(samples) / chunk.channels / chunk.sample_rate
        self._arrival.update(length_s, complete_s)
        self._detuning.update(length_s, complete_s, lost)
        for frame in frames:
            self._health.note(frame)
        begins_s = self._captured_s(chunk, complete_s) - before_s
        runner.hear(
            [
                (frame, Passage(begins_s + number * FRAME_S, complete_s))
                for number, frame in enumerate(frames)
            ]
        )

    def _captured_s(self, chunk: AudioChunk, complete_s: float) -> float:
        """Return when its first sample was in the air, as time.monotonic.

        Without a stamp, or with one that cannot be true, it counts as just heard.
        """
        captured_s = monotonic_s(self._node, chunk.header.stamp)
        if complete_s - MAX_AGE_S <= captured_s <= complete_s:
            return captured_s
        return complete_s - len(chunk.samples) / max(1, chunk.channels) / max(1, chunk.sample_rate)

    def _note_gap(self, runner: ConversationRunner, seq: int) -> int:
        """Return how many chunks are missing; a seq back or far ahead is another sender's."""
        last_seq, self._last_seq = self._last_seq, seq
        lost = 0 if last_seq is None else seq - last_seq - 1
        if not 0 < lost <= MAX_GAP_CHUNKS:
            return 0
        runner.note_chunks(rejected=0, lost=lost)
        return lost

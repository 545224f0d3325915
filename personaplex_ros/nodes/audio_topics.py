# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""The topics of an audio node: microphone and loudspeaker, or one of them and where the other is.

Sound comes on the device's thread and is published by a courier's.
"""

import numpy as np
from rclpy.lifecycle import LifecycleNode

from personaplex_ros.audio.devices.part import Part
from personaplex_ros.audio.playout.pieces import Origin
from personaplex_ros.nodes.audio_session import AudioSession
from personaplex_ros.nodes.courier import Courier
from personaplex_ros.nodes.far_loudspeaker import FarLoudspeaker
from personaplex_ros.nodes.far_microphone import FarMicrophone
from personaplex_ros.nodes.loudspeaker_topic import LoudspeakerTopic
from personaplex_ros.nodes.microphone_topic import MicrophoneTopic

ERROR_PERIOD_S = 5.0


class AudioTopics:
    """Lives as long as its node; open() and close() again and again."""

    def __init__(self, node: LifecycleNode, part: Part) -> None:
        self._microphone = MicrophoneTopic(node) if part.hears else None
        self._loudspeaker = LoudspeakerTopic(node) if part.plays else None
        self._far_loudspeaker = None if part.plays else FarLoudspeaker(node)
        self._far_microphone = None if part.hears else FarMicrophone(node)
        self._cursor: tuple[Origin, int, int] | None = None  # to be told
        self._log = node.get_logger()
        self._courier = Courier('audio topics', self._on_error)

    @property
    def rejected(self) -> int:
        """Chunks that came and were no audio."""
        topics = (self._loudspeaker, self._far_loudspeaker)
        return sum(topic.rejected for topic in topics if topic is not None)

    @property
    def dropped(self) -> int:
        """Chunks that were not published because too many waited."""
        return self._courier.dropped

    def open(self, session: AudioSession, chunk_ms: int) -> None:
        """Connect this session to the topics."""
        if self._microphone is not None:
            self._microphone.open(chunk_ms)
        if self._loudspeaker is not None:
            self._loudspeaker.open(session.player.push)
        if self._far_loudspeaker is not None:
            self._far_loudspeaker.open(session.reference)
        if self._far_microphone is not None:
            self._far_microphone.open(chunk_ms, session.echo_elsewhere.told)

    def close(self) -> None:
        """Take and give nothing any more."""
        for topic in (self._loudspeaker, self._far_loudspeaker, self._far_microphone):
            if topic is not None:
                topic.close()

    def stop(self) -> None:
        """End for good."""
        self._courier.stop()

    def look(self) -> None:
        """See which other nodes are there, tell what was wrong; for about every second."""
        for topic in (self._loudspeaker, self._far_loudspeaker):
            if topic is not None:
                topic.look()

    # What the session tells, on the device's thread: nothing here may wait.

    def on_clean(self, samples: np.ndarray, captured_ns: int) -> None:
        """See SessionListener."""
        self._post(self._microphone, samples, captured_ns)

    def on_double_talk(self, both_speak: bool) -> None:
        """See SessionListener."""
        far = self._far_loudspeaker
        if far is not None and far.wants_double_talk(both_speak):
            self._courier.post(far.publish_double_talk, both_speak)

    def on_due(self) -> None:
        """See SessionListener."""
        if self._loudspeaker is not None:
            self._loudspeaker.take()

    def on_played(self, origin: Origin, offset: int, audible_ns: int) -> None:
        """See SessionListener. Told with the sound of this block, so as to wake nobody twice."""
        topic = self._loudspeaker
        if topic is not None and topic.wants_cursor(origin, audible_ns):
            self._cursor = (origin, offset, audible_ns)

    def on_reference(self, samples: np.ndarray, audible_s: float) -> None:
        """See SessionListener."""
        self._post(self._far_microphone, samples, round(audible_s * 1e9))

    def _on_error(self, error: Exception) -> None:
        """On the courier's thread."""
        self._log.error(
            f'a mistake in this node: {type(error).__name__}: {error}',
            throttle_duration_sec=ERROR_PERIOD_S,
        )

    def _post(
        self, topic: MicrophoneTopic | FarMicrophone | None, samples: np.ndarray, at_ns: int
    ) -> None:
        """Have a chunk published once it is complete, and the cursor."""
        cursor, self._cursor = self._cursor, None
        if self._loudspeaker is not None and cursor is not None:
            self._courier.post(self._loudspeaker.publish_cursor, *cursor)
        if topic is not None:
            for stretch in topic.chunks.add(samples, at_ns):
                self._courier.post(topic.publish, *stretch)

# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""What the agent says, as messages: audio, tokens, transcript, is_speaking."""

from array import array

import numpy as np
from rclpy.lifecycle import LifecycleNode
from rclpy.qos_overriding_options import QoSOverridingOptions
from rclpy.time import Time
from std_msgs.msg import Bool
from std_msgs.msg import Header
from std_msgs.msg import UInt32

from personaplex_ros.audio.format import FRAME_MS
from personaplex_ros.audio.format import SAMPLE_RATE_HZ
from personaplex_ros.audio.format import SAMPLES_PER_FRAME
from personaplex_ros.audio.level import SpeakingDetector
from personaplex_ros.backends.base import AgentFrame
from personaplex_ros.conversation.mouth_to_ear import MouthToEar
from personaplex_ros.conversation.passage import Passage
from personaplex_ros.conversation.settings import ConversationSettings
from personaplex_ros.conversation.transcript import TranscriptBuilder
from personaplex_ros.msg import AudioChunk
from personaplex_ros.msg import TextToken
from personaplex_ros.nodes import qos
from personaplex_ros.nodes.interop.mirror import Mirror
from personaplex_ros.nodes.playout_follower import PlayoutFollower
from personaplex_ros.nodes.transcripts import Transcripts

_SILENCE = np.zeros(SAMPLES_PER_FRAME, np.int16)


class Mouth:
    """Publishers of one conversation node; called from one thread."""

    def __init__(self, node: LifecycleNode, transcripts: Transcripts) -> None:
        self._node = node
        self._transcripts = transcripts
        self._next_seq = 0
        self.latency = MouthToEar()
        self._player = PlayoutFollower(node, self.latency)
        self._mirror = Mirror(node)
        self.configure(ConversationSettings())
        create = node.create_lifecycle_publisher
        self._audio = create(
            AudioChunk,
            'audio/out',
            qos.audio_publish(),
            qos_overriding_options=QoSOverridingOptions.with_default_policies(),
        )
        self._tokens = create(TextToken, 'text_tokens', qos.events())
        self._is_speaking = create(Bool, 'is_speaking', qos.latched())
        self._interrupted = create(UInt32, 'interrupted', qos.events())

    def configure(self, settings: ConversationSettings) -> None:
        """Begin anew; only seq goes on, since players count on it.

        Raises LookupError for message types that are not installed.
        """
        self._open = False
        self._chunk = SAMPLES_PER_FRAME * settings.chunk_ms // int(FRAME_MS)
        self._player.chunk_samples = self._chunk
        self._mirror.configure(settings.mirrored)
        self._chunk_ns = settings.chunk_ms * 1_000_000
        self._detector = SpeakingDetector()
        self._words = TranscriptBuilder(settings.utterance_pause_frames)

    @property
    def is_open(self) -> bool:
        """Whether what the agent says is heard."""
        return self._open

    def open(self) -> None:
        """Begin to speak: the publishers have been activated."""
        self._open = True
        self._detector.silence()
        self._is_speaking.publish(Bool(data=False))

    def close(self) -> None:
        """Speak no more, until open() is called again."""
        self._open = False

    def speak(self, frame: AgentFrame, epoch: int, silenced: bool, passage: Passage) -> None:
        """Publish one frame; a silenced one as silence and without its word."""
        now = self._node.get_clock().now()
        pcm = _SILENCE if silenced else frame.pcm
        first_seq = self._next_seq
        self._play(pcm, now.nanoseconds, epoch)
        if not passage.is_filled_in:
            self.latency.said(first_seq, self._next_seq - 1, passage)
        piece = '' if silenced else frame.piece
        if piece:
            self._tokens.publish(
                TextToken(
                    header=Header(stamp=now.to_msg()),
                    frame=frame.report.frame,
                    id=frame.report.text_id,
                    piece=piece,
                    epoch=epoch,
                )
            )
        for utterance in self._words.frame(piece, now.nanoseconds / 1e9, self._next_seq - 1):
            self._transcripts.agent_said(utterance)
        self._note_speaking(pcm)

    def cut(self, epoch: int, interrupted: bool) -> None:
        """Void what is queued at the players: one chunk of silence carries the new epoch.

        The open utterance is cut short whatever the reason; interrupted: it is told on its topic.
        """
        now_ns = self._node.get_clock().now().nanoseconds
        heard_seq = self._player.heard_seq
        self._play(_SILENCE[: self._chunk], now_ns, epoch)
        if interrupted:
            self._interrupted.publish(UInt32(data=epoch))
        for utterance in self._words.finish(interrupted=True, heard=heard_seq):
            self._transcripts.agent_said(utterance)
        if self._detector.speaking:
            self._detector.silence()
            self._is_speaking.publish(Bool(data=False))

    def _play(self, pcm: np.ndarray, begin_ns: int, epoch: int) -> None:
        if not self._open:
            return
        data = pcm.tobytes()
        size = 2 * self._chunk
        for number, start in enumerate(range(0, len(data), size)):
            stamp = Time(nanoseconds=begin_ns + number * self._chunk_ns).to_msg()
            chunk = AudioChunk(
                header=Header(stamp=stamp),
                sample_rate=SAMPLE_RATE_HZ,
                channels=1,
                epoch=epoch,
                seq=self._next_seq,
                samples=array('h', data[start : start + size]),
            )
            self._audio.publish(chunk)
            self._mirror.publish(chunk)
            self._next_seq += 1

    def _note_speaking(self, pcm: np.ndarray) -> None:
        before = self._detector.speaking
        if self._detector.update(pcm) != before:
            self._is_speaking.publish(Bool(data=not before))

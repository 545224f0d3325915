# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""Writes down a conversation: both sides as one wav, the words, and everything that happened."""

from dataclasses import dataclass
from enum import IntEnum
import json
from pathlib import Path
import threading
import time

from builtin_interfaces.msg import Time as TimeMessage
import numpy as np
from rclpy.node import Node
from std_msgs.msg import Bool

from personaplex_ros.audio.duet import Duet
from personaplex_ros.audio.format import AudioFormatError
from personaplex_ros.conversation.settings import setting
from personaplex_ros.conversation.state import State
from personaplex_ros.msg import AudioChunk
from personaplex_ros.msg import ConversationState
from personaplex_ros.msg import SessionMetrics
from personaplex_ros.msg import TextToken
from personaplex_ros.msg import ToolEvent
from personaplex_ros.msg import Transcript
from personaplex_ros.nodes import parameters
from personaplex_ros.nodes import qos
from personaplex_ros.nodes.main import run_node
from personaplex_ros.nodes.recording_files import RecordingFiles
from personaplex_ros.nodes.ros_time import nanoseconds
from personaplex_ros.tools.steps import Stage

COUNTERS = (
    'frames_in',
    'frames_out',
    'frames_dropped',
    'frames_in_flight',
    'frames_filled',
    'chunks_rejected',
    'chunks_lost',
    'engine_errors',
    'reconnects',
    'epoch',
)


@dataclass(frozen=True)
class RecorderSettings:
    """Where it goes."""

    directory: str = setting(
        'recording', 'Folder for conversation.wav, transcript.jsonl, events.jsonl.', read_only=True
    )


class Recorder(Node):
    """conversation.wav (a new file every six hours): left what it hears, right what it says.

    transcript.jsonl: one finished utterance a line, the user's where a recogniser tells them.
    events.jsonl: states, words, tokens, epochs, tool events and metrics; t_s counts from the
    first chunk heard, wall_s is time.monotonic.
    """

    def __init__(self, node_name: str = 'recorder', **kwargs) -> None:
        super().__init__(node_name, **kwargs)
        folder = Path(parameters.take(self, RecorderSettings).directory).expanduser()
        self._files = RecordingFiles(folder, self.get_logger().error)
        self._lock = threading.Lock()  # its subscriptions may run on several threads
        self._duet = Duet(self._files.tape)
        self._epoch = 0
        self.metrics_ns = 0
        """Stamp of the latest metrics."""
        self._listen()

    def _listen(self) -> None:
        listen = self.create_subscription
        listen(AudioChunk, 'audio/in', self._on_heard, qos.audio_subscribe())
        listen(AudioChunk, 'audio/out', self._on_spoken, qos.events())
        listen(Transcript, 'transcript', self._on_transcript, qos.events())
        listen(TextToken, 'text_tokens', self._on_token, qos.events())
        listen(ConversationState, 'state', self._on_state, qos.latched())
        listen(Bool, 'is_speaking', self._on_speaking, qos.latched())
        listen(ToolEvent, 'tool_events', self._on_tool, qos.events())
        listen(SessionMetrics, 'metrics', self._on_metrics, qos.events())

    def destroy_node(self) -> None:
        """Finish the files."""
        with self._lock:
            if not self._files.closed:
                self._duet.finish()
                self._files.close()
        super().destroy_node()

    def _on_heard(self, chunk: AudioChunk) -> None:
        samples = np.frombuffer(chunk.samples, np.int16)
        if chunk.channels not in (1, 2) or len(samples) % chunk.channels:
            return
        with self._lock:
            try:
                self._duet.heard(samples, chunk.sample_rate, chunk.channels)
            except AudioFormatError:
                pass  # the conversation node tells about it

    def _on_spoken(self, chunk: AudioChunk) -> None:
        with self._lock:
            samples = np.frombuffer(chunk.samples, np.int16)
            is_played = self._duet.spoken(samples, chunk.epoch, chunk.seq)
            if is_played and chunk.epoch != self._epoch:
                self._note('epoch', epoch=chunk.epoch)
                self._epoch = chunk.epoch

    def _on_transcript(self, transcript: Transcript) -> None:
        if not transcript.is_final:
            return
        is_agent = transcript.speaker == Transcript.AGENT
        with self._lock:
            line = {
                't_s': round(self._duet.now_s, 3),
                'speaker': 'agent' if is_agent else 'user',
                'utterance': transcript.utterance,
                'text': transcript.text,
                'interrupted': transcript.interrupted,
                'seconds': round(_seconds(transcript.end) - _seconds(transcript.start), 3),
            }
            self._files.utterance(line)
            if is_agent:
                self._note('said', text=transcript.text, interrupted=transcript.interrupted)
            else:
                self._note('heard', text=transcript.text)

    def _on_token(self, token: TextToken) -> None:
        with self._lock:
            self._note('token', frame=token.frame, id=token.id, piece=token.piece)

    def _on_state(self, state: ConversationState) -> None:
        with self._lock:
            self._note(
                'state',
                state=_name(State, state.state),
                model=state.model,
                persona=state.persona,
                voice=state.voice,
                detail=state.detail,
            )

    def _on_speaking(self, speaking: Bool) -> None:
        with self._lock:
            self._note('speaking', speaking=speaking.data)

    def _on_tool(self, event: ToolEvent) -> None:
        with self._lock:
            self._note(
                'tool',
                tool=event.tool,
                call_id=event.call_id,
                stage=_name(Stage, event.stage),
                arguments=_parsed(event.arguments),
                source=event.source,
                reason=event.reason,
            )

    def _on_metrics(self, metrics: SessionMetrics) -> None:
        with self._lock:
            self.metrics_ns = nanoseconds(metrics.header.stamp)
            spreads = {
                name: [round(float(ms), 3) for ms in getattr(metrics, name)]
                for name in ('model_ms', 'overhead_ms', 'frame_interval_ms')
            }
            self._note('metrics', **{name: getattr(metrics, name) for name in COUNTERS}, **spreads)

    def _note(self, kind: str, **fields) -> None:
        times = {'t_s': round(self._duet.now_s, 3), 'wall_s': round(time.monotonic(), 4)}
        self._files.event({'event': kind, **times, **fields})


def _seconds(stamp: TimeMessage) -> float:
    return nanoseconds(stamp) / 1e9


def _name(kind: type[IntEnum], number: int) -> str:
    """Return what a number on a topic stands for; another's numbers stay numbers."""
    return kind(number).name if number in list(kind) else str(number)


def _parsed(arguments: str) -> object:
    """Return JSON as what it says, and what is no JSON as it came."""
    try:
        return json.loads(arguments or '{}')
    except (ValueError, RecursionError):
        return arguments


def main() -> None:
    """Record until the node is interrupted."""
    run_node(Recorder)


if __name__ == '__main__':
    main()

# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""The shipped audio node under test, and a conversation's side of its topics."""

from array import array
from typing import Any

from builtin_interfaces.msg import Time
from diagnostic_msgs.msg import DiagnosticArray
from diagnostic_msgs.msg import DiagnosticStatus
from graph import Graph
from graph import wait_until
from lifecycle_msgs.msg import Transition
from lifecycle_msgs.srv import ChangeState
import numpy as np
from rclpy.parameter import Parameter
from std_msgs.msg import Header

from personaplex_ros.msg import AudioChunk
from personaplex_ros.msg import AudioMetrics
from personaplex_ros.msg import PlayoutCursor
from personaplex_ros.nodes.audio_node import AudioNode

CHUNK = 480


class AudioRig:
    """One audio node in the test's namespace; inactive until bring_up()."""

    def __init__(
        self, graph: Graph, name: str = 'audio', remaps: tuple[str, ...] = (), **parameters: Any
    ) -> None:
        """remaps: such as 'audio/in:=elsewhere'."""
        self.graph = graph
        self.name = name
        rules = [part for remap in remaps for part in ('-r', remap)]
        self.namespace = graph.namespace
        values = {
            'backoff_min_s': 0.01,
            'backoff_max_s': 0.05,
            'wait_for_live': False,
            **parameters,
        }
        self.node = graph.add(
            AudioNode(
                name,
                cli_args=['--ros-args', *rules],
                namespace=self.namespace,
                context=graph.context,
                parameter_overrides=[Parameter(key, value=v) for key, v in values.items()],
            )
        )
        self.heard = graph.listen(AudioChunk, f'{self.namespace}/audio/in')
        self.cursors = graph.listen(PlayoutCursor, f'{self.namespace}/playout_cursor')
        self.metrics = graph.listen(AudioMetrics, f'{self.namespace}/audio_metrics')
        self.diagnostics = graph.listen(DiagnosticArray, '/diagnostics')
        self._speech = graph.node.create_publisher(AudioChunk, f'{self.namespace}/audio/out', 100)
        self._seq = 0

    def change(self, transition: int) -> bool:
        """Ask for a transition, as `ros2 lifecycle set` does."""
        service = f'{self.namespace}/{self.name}/change_state'
        return self.graph.ask(ChangeState, service, transition=Transition(id=transition)).success

    def configure(self) -> bool:
        """Read the settings."""
        return self.change(Transition.TRANSITION_CONFIGURE)

    def bring_up(self) -> 'AudioRig':
        """Configure, activate and wait until its topics are matched."""
        assert self.configure()
        assert self.change(Transition.TRANSITION_ACTIVATE)
        if self.node.get_parameter('part').value != 'microphone':
            wait_until(lambda: self._speech.get_subscription_count() > 0, 'its subscription')
        return self

    def shut_down(self) -> None:
        """Close the device."""
        assert self.change(Transition.TRANSITION_DEACTIVATE)

    def say(self, samples: np.ndarray, epoch: int = 0, rate_hz: int = 24_000, channels: int = 1):
        """Publish int16 as chunks of 480 samples."""
        for begin in range(0, len(samples), CHUNK):
            part = samples[begin : begin + CHUNK]
            self.publish(part, epoch, self._seq, rate_hz, channels)
            self._seq += 1

    def publish(
        self,
        samples: np.ndarray,
        epoch: int = 0,
        seq: int = 0,
        rate_hz: int = 24_000,
        channels: int = 1,
        stamp_s: int = 0,
    ) -> None:
        """Publish one chunk as it is."""
        self._speech.publish(
            AudioChunk(
                header=Header(stamp=Time(sec=stamp_s)),
                sample_rate=rate_hz,
                channels=channels,
                epoch=epoch,
                seq=seq,
                samples=array('h', samples.astype(np.int16).tobytes()),
            )
        )

    def until_health(self, part: str, level: bytes, words: str = '') -> DiagnosticStatus:
        """Wait for a status of 'microphone', 'loudspeaker' or 'echo'; return it."""
        name = f'{self.namespace}/{self.name}: {part}'

        def found():
            told = [s for array in self.diagnostics for s in array.status if s.name == name]
            return [s for s in told[-1:] if s.level == level and words in s.message]

        return wait_until(found, f'{part} {level} {words!r}')[0]

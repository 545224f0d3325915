# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""The shipped conversation node under test, with a microphone and ears on all its topics."""

from array import array
from collections.abc import Iterator
import contextlib
import threading
from typing import Any

from diagnostic_msgs.msg import DiagnosticArray
from graph import EVERY_LATCHED
from graph import Graph
from graph import wait_until
from lifecycle_msgs.msg import Transition
from lifecycle_msgs.srv import ChangeState
import numpy as np
from rclpy.parameter import Parameter
from std_msgs.msg import Bool
from std_srvs.srv import SetBool
from std_srvs.srv import Trigger

from personaplex_ros.audio.format import SAMPLES_PER_FRAME
from personaplex_ros.msg import AudioChunk
from personaplex_ros.msg import ConversationState
from personaplex_ros.msg import SessionMetrics
from personaplex_ros.msg import TextToken
from personaplex_ros.msg import Transcript
from personaplex_ros.nodes.conversation_node import ConversationNode
from personaplex_ros.srv import ListPersonas
from personaplex_ros.srv import SetPersona

QUICK = {
    'persona': 'teacher',
    'backoff_min_s': 0.05,
    'backoff_max_s': 0.1,
    'connect_timeout_s': 2.0,
}
CHUNKS_PER_FRAME = 4


class Robot:
    """One conversation node in a namespace of its own; inactive until bring_up()."""

    def __init__(self, graph: Graph, engine_url: str, name: str = '', **parameters: Any) -> None:
        self.graph = graph
        self.namespace = f'{graph.namespace}{name}'
        values = {'engine_url': engine_url, **QUICK, **parameters}
        self._chunks_out = 80 // values.get('chunk_ms', 20)
        self.node = graph.add(
            ConversationNode(
                namespace=self.namespace,
                context=graph.context,
                parameter_overrides=[Parameter(key, value=v) for key, v in values.items()],
            )
        )
        self.spoken = graph.listen(AudioChunk, self.path('audio/out'))
        self.tokens = graph.listen(TextToken, self.path('text_tokens'))
        self.transcript = graph.listen(Transcript, self.path('transcript'))
        self.states = graph.listen(ConversationState, self.path('state'), EVERY_LATCHED)
        self.speaking = graph.listen(Bool, self.path('is_speaking'), EVERY_LATCHED)
        self.metrics = graph.listen(SessionMetrics, self.path('metrics'))
        self.diagnostics = graph.listen(DiagnosticArray, '/diagnostics')
        self._microphone = graph.node.create_publisher(AudioChunk, self.path('audio/in'), 100)
        self._seq = 0

    def path(self, name: str) -> str:
        """Return the full name of one of its topics or services."""
        return f'{self.namespace}/{name}'

    # Lifecycle

    def change(self, transition: int) -> bool:
        """Ask for a transition, as `ros2 lifecycle set` does."""
        service = self.path('conversation/change_state')
        return self.graph.ask(ChangeState, service, transition=Transition(id=transition)).success

    def configure(self) -> bool:
        """Connect."""
        return self.change(Transition.TRANSITION_CONFIGURE)

    def activate(self) -> bool:
        """Open the audio path."""
        return self.change(Transition.TRANSITION_ACTIVATE)

    def deactivate(self) -> bool:
        """Close the audio path."""
        return self.change(Transition.TRANSITION_DEACTIVATE)

    def cleanup(self) -> bool:
        """Leave the engine."""
        return self.change(Transition.TRANSITION_CLEANUP)

    def bring_up(self) -> 'Robot':
        """Configure, activate and wait until it is live."""
        assert self.configure()
        assert self.activate()
        return self.live()

    def live(self) -> 'Robot':
        """Wait until it is live and its topics are matched."""
        self.until_state(ConversationState.LIVE)
        wait_until(lambda: self._microphone.get_subscription_count() > 0, 'ears')
        for topic in ('audio/out', 'text_tokens', 'transcript', 'metrics'):
            wait_until(lambda: self.graph.node.count_publishers(self.path(topic)), topic)  # noqa: B023
        return self

    def until_state(self, state: int) -> ConversationState:
        """Wait until the present state is this one; return the message."""
        wait_until(
            lambda: self.states.last is not None and self.states.last.state == state,
            f'state {state}; was {[message.state for message in self.states]}',
        )
        return self.states.last

    # Its microphone

    def hear(
        self,
        samples: np.ndarray | int,
        rate_hz: int = 24_000,
        channels: int = 1,
        seq: int | None = None,
    ) -> None:
        """Publish one chunk; a number stands for that many samples of silence per channel."""
        if isinstance(samples, int):
            samples = np.zeros(samples * channels, np.int16)
        if seq is None:
            seq, self._seq = self._seq, self._seq + 1
        self._microphone.publish(
            AudioChunk(
                sample_rate=rate_hz,
                channels=channels,
                seq=seq,
                samples=array('h', samples.astype(np.int16).tobytes()),
            )
        )

    def hear_frame(self) -> None:
        """Publish 80 ms of silence in 20 ms chunks."""
        for _ in range(CHUNKS_PER_FRAME):
            self.hear(SAMPLES_PER_FRAME // CHUNKS_PER_FRAME)

    def hear_frames(self, number: int) -> None:
        """Publish frames, each once the one before was answered in full."""
        for _ in range(number):
            wanted = len(self.spoken) + self._chunks_out
            self.hear_frame()
            wait_until(lambda: len(self.spoken) >= wanted, 'the answer to a frame')  # noqa: B023

    @contextlib.contextmanager
    def hearing(self, period_s: float = 0.01) -> Iterator[None]:
        """Let a microphone run meanwhile: 20 ms of silence every period."""
        stop = threading.Event()

        def stream() -> None:
            while not stop.wait(period_s):
                self.hear(480)

        microphone = threading.Thread(target=stream)
        microphone.start()
        try:
            yield
        finally:
            stop.set()
            microphone.join()

    # Its services

    def interrupt(self) -> Trigger.Response:
        """Silence it."""
        return self.graph.ask(Trigger, self.path('interrupt'))

    def hold_words(self, data: bool) -> SetBool.Response:
        """Keep it from beginning words of its own, or no longer."""
        return self.graph.ask(SetBool, self.path('hold_words'), data=data)

    def set_persona(self, name: str = '', text: str = '', voice: str = '') -> SetPersona.Response:
        """Make it somebody else."""
        service = self.path('set_persona')
        return self.graph.ask(SetPersona, service, name=name, text_prompt=text, voice=voice)

    def list_personas(self) -> ListPersonas.Response:
        """Ask who it can be."""
        return self.graph.ask(ListPersonas, self.path('list_personas'))

    # Its reports

    def measured(self, **counters: int) -> SessionMetrics:
        """Wait for metrics with these counters; return them."""
        return self.metrics.wait(
            lambda m: all(getattr(m, name) == value for name, value in counters.items()),
            f'metrics with {counters}',
        )

    def health(self) -> list:
        """Return its entries in /diagnostics, oldest first."""
        name = f'{self.namespace}/conversation: conversation'
        return [s for array in self.diagnostics for s in array.status if s.name == name]


def sums_up(metrics: SessionMetrics) -> bool:
    """Return whether every frame is accounted for."""
    out = metrics.frames_out + metrics.frames_dropped + metrics.frames_in_flight
    return metrics.frames_in == out

# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""The shipped nodes in one process with files for devices, an engine to ill-treat beside them."""

from collections.abc import Callable
import os
from pathlib import Path
import signal
import sys
import threading
import time
from types import TracebackType

import numpy as np
from rclpy.parameter import Parameter
import soundfile
from std_srvs.srv import Trigger

from bench.machine import Machine
from personaplex_ros.msg import AudioChunk
from personaplex_ros.msg import AudioMetrics
from personaplex_ros.msg import SessionMetrics
from personaplex_ros.nodes.audio_node import AudioNode
from personaplex_ros.nodes.composition import ENGINE_VARIABLE
from personaplex_ros.nodes.conversation_node import ConversationNode
from personaplex_ros.nodes.engine_process import EngineProcess
from personaplex_ros.nodes.main import RosProcess

ROOT = Path(__file__).resolve().parents[1]
RATE_HZ = 24_000
PATIENCE_S = 60.0
NAP_S = 0.005
OUTPUT_LATENCY_S = 0.01
"""The file device plays a block right after the one it captured."""


class Robot:
    """Engine, conversation and audio node; a context manager. The visitor is endless noise."""

    def __init__(self, folder: Path, seconds: float) -> None:
        self._folder = folder
        noise = np.random.default_rng(11).normal(0, 3000, round(seconds * RATE_HZ))
        self.said = np.clip(noise, -32768, 32767).astype(np.int16)
        soundfile.write(folder / 'visitor.wav', self.said, RATE_HZ, subtype='PCM_16')
        os.environ[ENGINE_VARIABLE] = f'{sys.executable} {ROOT / "bench" / "slow_engine.py"}'
        os.environ.setdefault('OMP_NUM_THREADS', '1')
        self.engine = EngineProcess('nano', lambda line: None)
        self.session: SessionMetrics | None = None
        self.audio: AudioMetrics | None = None
        self._first_ns = 0
        self._stop = threading.Event()
        self.machine = Machine()
        """What it had to do since it was last made anew."""
        self.waiting_ms = 0.0
        """Most sound that waited in front of the loudspeaker since it was last set to 0."""

    def __enter__(self) -> 'Robot':
        """Bring everything up and wait until the loudspeaker sounds."""
        self.engine.start()
        self._process = RosProcess([])
        self._process.__enter__()
        self._conversation = self._process.add(
            ConversationNode(parameter_overrides=_parameters(engine_url=self.engine.url))
        )
        self._audio = self._process.add(
            AudioNode(
                parameter_overrides=_parameters(
                    device='file',
                    visitor=str(self._folder / 'visitor.wav'),
                    record=str(self._folder / 'heard.wav'),
                    echo='off',
                    allow_open_loudspeaker=True,
                    tail_s=3600.0,
                    wait_for_live=False,
                )
            )
        )
        listen = self._conversation.create_subscription
        listen(SessionMetrics, 'metrics', self._on_session, 10)
        listen(AudioMetrics, 'audio_metrics', self._on_audio, 10)
        listen(AudioChunk, 'audio/in', self._on_chunk, 10)
        self._interrupt = self._conversation.create_client(Trigger, 'interrupt')
        self._spinner = threading.Thread(target=self._process.spin, args=(self._stop.is_set,))
        self._spinner.start()
        for node in (self._conversation, self._audio):
            node.trigger_configure()
        self._conversation.trigger_activate()
        self._audio.trigger_activate()
        self.until(lambda: self.audio is not None and self.audio.samples_played > RATE_HZ)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End the nodes, then the engine."""
        self._audio.trigger_deactivate()
        self._stop.set()
        self._spinner.join()
        self._process.__exit__(kind, error, trace)
        self.engine.stop()

    @property
    def now(self) -> int:
        """The device's present, as a sample of the recordings."""
        now_ns = self._conversation.get_clock().now().nanoseconds
        return round((now_ns - self._first_ns) * RATE_HZ * 1e-9)

    @property
    def heard(self) -> np.ndarray:
        """What the loudspeaker played, int16 [n]; complete once the robot has ended."""
        return soundfile.read(self._folder / 'heard.wav', dtype='int16')[0]

    def run(self, seconds: float) -> None:
        """Let it talk, and watch how much waits."""
        give_up_s = time.monotonic() + seconds
        while time.monotonic() < give_up_s:
            self._watch()

    def until(self, condition: Callable[[], bool]) -> None:
        """Wait for a condition; raises TimeoutError."""
        give_up_s = time.monotonic() + PATIENCE_S
        while not condition():
            self._watch()
            if time.monotonic() > give_up_s:
                raise TimeoutError('the robot did not come to speak')

    def interrupt(self) -> int:
        """Call the service; return the sample at which it was called."""
        called = self.now
        self._interrupt.call_async(Trigger.Request())
        return called

    def signal_engine(self, number: signal.Signals) -> None:
        """Send the engine a signal."""
        os.kill(self.engine.pid, number)

    def settled(self) -> tuple[SessionMetrics, AudioMetrics]:
        """Return the next metrics of both nodes."""
        self.session = self.audio = None
        self.until(lambda: self.session is not None and self.audio is not None)
        assert self.session is not None and self.audio is not None
        return self.session, self.audio

    def _watch(self) -> None:
        session = self._audio.session
        if session is not None:
            self.waiting_ms = max(self.waiting_ms, session.player.waiting_ms)
        begun_s = time.monotonic()
        time.sleep(NAP_S)
        self.machine.napped(NAP_S, time.monotonic() - begun_s)

    def _on_session(self, metrics: SessionMetrics) -> None:
        self.session = metrics

    def _on_audio(self, metrics: AudioMetrics) -> None:
        self.audio = metrics

    def _on_chunk(self, chunk: AudioChunk) -> None:
        """The stamps of the microphone tell where in the recordings the present is."""
        stamp = chunk.header.stamp
        at_ns = stamp.sec * 1_000_000_000 + stamp.nanosec
        first_ns = at_ns - chunk.seq * 20_000_000
        self._first_ns = first_ns if not self._first_ns else self._first_ns


def _parameters(**values: object) -> list[Parameter]:
    return [Parameter(name, value=value) for name, value in values.items()]

# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""The lifecycle node that spots spoken commands of tools.yaml: convenience, never safety."""

from diagnostic_msgs.msg import DiagnosticArray
from diagnostic_msgs.msg import DiagnosticStatus
from diagnostic_msgs.msg import KeyValue
import numpy as np
from rclpy.callback_groups import MutuallyExclusiveCallbackGroup
from rclpy.lifecycle import State as LifecycleState
from rclpy.lifecycle import TransitionCallbackReturn
from rclpy.qos_overriding_options import QoSOverridingOptions
from std_msgs.msg import Header
from std_msgs.msg import String

from personaplex_ros.msg import AudioChunk
from personaplex_ros.nodes import parameters
from personaplex_ros.nodes import qos
from personaplex_ros.nodes.main import run_node
from personaplex_ros.nodes.managed_node import ManagedNode
from personaplex_ros.nodes.user_words_ear import Chunk
from personaplex_ros.nodes.user_words_ear import Ear
from personaplex_ros.nodes.user_words_settings import UserWordsSettings
from personaplex_ros.tools.catalogue import Catalogue
from personaplex_ros.tools.catalogue_file import CatalogueFile
from personaplex_ros.tools.ear.grammar import EarError
from personaplex_ros.tools.ear.spotter import Spotter
from personaplex_ros.tools.loading import CatalogueError

ERROR_PERIOD_S = 5.0


class UserWordsNode(ManagedNode):
    """configure makes the grammar; activate listens to audio/in. A changed file is read again."""

    def __init__(self, node_name: str = 'user_words', **kwargs) -> None:
        super().__init__(node_name, **kwargs)
        self._settings: UserWordsSettings | None = None
        self._file: CatalogueFile | None = None
        self._spotter: Spotter | None = None
        self._ear: Ear | None = None
        self._commands = 0
        self._next_seq = 0
        self._missed = 0
        self._lost_before = 0
        parameters.declare(self, UserWordsSettings, self._why_locked)
        self._words = self.create_lifecycle_publisher(String, 'user_words', qos.events())
        self._diagnostics = self.create_publisher(DiagnosticArray, '/diagnostics', 10)
        self._microphone = self.create_subscription(
            AudioChunk,
            'audio/in',
            self._on_chunk,
            qos.audio_subscribe(),
            callback_group=MutuallyExclusiveCallbackGroup(),
            qos_overriding_options=QoSOverridingOptions.with_default_policies(),
        )
        slow = MutuallyExclusiveCallbackGroup()  # a grammar takes a second to make
        self._ticker = self.create_timer(1.0, self._on_tick, callback_group=slow)

    def on_configure(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Read the tools file and make the grammar."""
        try:
            settings = parameters.read(self, UserWordsSettings)
            self._file = CatalogueFile(settings.tools_path)
            self._spotter = self._make(self._file.catalogue, settings.wake_word)
        except (CatalogueError, EarError, ValueError, OSError) as error:
            self.get_logger().error(f'cannot configure: {error}')
            return TransitionCallbackReturn.FAILURE
        self._settings = settings
        return super().on_configure(state)

    def on_activate(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Listen."""
        result = super().on_activate(state)
        if self._spotter is not None:
            self._ear = Ear(self._spotter, self._on_command, self._on_error)
        return result

    def on_deactivate(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Listen no more."""
        self._close()
        return super().on_deactivate(state)

    def _make(self, catalogue: Catalogue, wake_word: str) -> Spotter:
        spotter = Spotter(catalogue, wake_word)
        for line in spotter.grammar.left_out:
            self.get_logger().warning(f'not listened for: {line}')
        return spotter

    def _on_chunk(self, chunk: AudioChunk) -> None:
        if (ear := self._ear) is not None:
            is_after_gap = chunk.seq != self._next_seq
            if self._next_seq:
                self._missed += max(chunk.seq - self._next_seq, 0)
            self._next_seq = chunk.seq + 1
            samples = np.frombuffer(chunk.samples, np.int16)
            ear.push(Chunk(samples, chunk.sample_rate, chunk.channels, is_after_gap))

    def _on_command(self, words: str) -> None:
        """On the ear's thread."""
        self._commands += 1
        if self.context.ok():
            self._words.publish(String(data=words))

    def _on_error(self, error: Exception) -> None:
        """On the ear's thread."""
        self.get_logger().error(
            f'a mistake in this node: {type(error).__name__}: {error}',
            throttle_duration_sec=ERROR_PERIOD_S,
        )

    def _on_tick(self) -> None:
        ear, settings = self._ear, self._settings
        if ear is None or settings is None:
            return
        self._look_at_file(ear, settings.wake_word)
        self._report(ear)

    def _look_at_file(self, ear: Ear, wake_word: str) -> None:
        """Listen by a changed file, if it can be listened by."""
        catalogue, problem = self._file.poll() if self._file is not None else (None, '')
        if catalogue is not None:
            try:
                self._spotter = self._make(catalogue, wake_word)
                ear.use(self._spotter)
            except EarError as error:
                problem = str(error)
        if problem:
            self.get_logger().error(f'the changed tools file is not used:\n{problem}')

    def _report(self, ear: Ear) -> None:
        level, message = DiagnosticStatus.OK, 'listens for commands'
        lost = ear.dropped + self._missed
        if ear.problem:
            level, message = DiagnosticStatus.ERROR, f'audio/in: {ear.problem}'
        elif lost > self._lost_before:
            level = DiagnosticStatus.WARN
            message = 'losing sound: this machine or the network is too slow'
        self._lost_before = lost
        values = {
            'commands': self._commands,
            'heard s': f'{ear.heard_s:.1f}',
            'share of a core': f'{ear.worked_s / max(ear.heard_s, 1e-3):.3f}',
            'chunks missed': self._missed,
            'chunks dropped': ear.dropped,
        }
        status = DiagnosticStatus(
            level=level,
            name=f'{self.get_fully_qualified_name()}: ear',
            message=message,
            values=[KeyValue(key=key, value=str(value)) for key, value in values.items()],
        )
        header = Header(stamp=self.get_clock().now().to_msg())
        self._diagnostics.publish(DiagnosticArray(header=header, status=[status]))

    def _close(self) -> None:
        """Undo activate; may be called in any state."""
        ear, self._ear = self._ear, None
        self._next_seq = self._missed = self._lost_before = 0
        if ear is not None:
            ear.stop()

    def _leave(self) -> None:
        """Listen no more and forget the grammar."""
        self._close()
        self._settings = self._spotter = None

    def _why_locked(self) -> str:
        return '' if self._settings is None else 'clean up the node first: it is configured'


def main() -> None:
    """Run the node until it is interrupted."""
    run_node(UserWordsNode)


if __name__ == '__main__':
    main()

# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""The lifecycle node of the conversation: microphone topic in, speech topic out."""

from pathlib import Path

from rclpy.lifecycle import LifecycleNode
from rclpy.lifecycle import State as LifecycleState
from rclpy.lifecycle import TransitionCallbackReturn

from personaplex_ros.conversation.ledger import Ledger
from personaplex_ros.conversation.personas import load_personas
from personaplex_ros.conversation.personas import PersonaError
from personaplex_ros.conversation.settings import ConversationSettings
from personaplex_ros.nodes import parameters
from personaplex_ros.nodes.files import package_file
from personaplex_ros.nodes.main import run_node
from personaplex_ros.nodes.reporting import Reporter
from personaplex_ros.nodes.talk import Numbering
from personaplex_ros.nodes.talk import Talk


class ConversationNode(LifecycleNode):
    """configure connects and prompts the persona; activate opens the audio path."""

    def __init__(self, node_name: str = 'conversation', **kwargs) -> None:
        super().__init__(node_name, **kwargs)
        self._talk: Talk | None = None
        self._numbering = Numbering()
        parameters.declare(self, ConversationSettings, self._why_locked)
        self._reporter = Reporter(self)
        self._ticker = self.create_timer(1.0, self._on_tick)

    def on_configure(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Read the settings and begin to connect; an engine that is away is no failure."""
        try:
            settings = parameters.read(self, ConversationSettings)
            named = settings.personas_file
            book = load_personas(Path(named) if named else package_file('config', 'personas.yaml'))
            persona = book.find(settings.persona) if settings.persona else book.first
        except (parameters.SettingsError, PersonaError, FileNotFoundError) as error:
            self.get_logger().error(f'cannot configure: {error}')
            return TransitionCallbackReturn.FAILURE
        self._talk = Talk(self, self._reporter, settings, book, persona, self._numbering)
        return super().on_configure(state)

    def on_activate(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Open the audio path."""
        result = super().on_activate(state)
        if self._talk is not None:
            self._talk.activate()
        return result

    def on_deactivate(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Close the audio path; the engine stays connected and prompted."""
        if self._talk is not None:
            self._talk.deactivate()
        self._on_tick()
        return super().on_deactivate(state)

    def on_cleanup(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Leave the engine; the node can be configured anew."""
        self._close()
        return super().on_cleanup(state)

    def on_shutdown(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Leave the engine for good."""
        self._close()
        return super().on_shutdown(state)

    def on_error(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Leave the engine; the node can be configured anew."""
        self._close()
        return TransitionCallbackReturn.SUCCESS

    def destroy_node(self) -> None:
        """Leave the engine, then the graph."""
        self._close()
        super().destroy_node()

    def _on_tick(self) -> None:
        talk = self._talk
        if talk is None:
            self._reporter.tick(Ledger(), self._numbering.epoch)
        else:
            talk.tick()

    def _why_locked(self) -> str:
        return '' if self._talk is None else 'clean up the node first: it is configured'

    def _close(self) -> None:
        """Undo configure; may be called in any state."""
        talk, self._talk = self._talk, None
        if talk is not None:
            talk.close()
            self._numbering = talk.numbering


def main() -> None:
    """Run the node until it is interrupted."""
    run_node(ConversationNode)


if __name__ == '__main__':
    main()

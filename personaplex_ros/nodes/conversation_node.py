# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""The lifecycle node of the conversation: microphone topic in, speech topic out."""

from os.path import expanduser
from pathlib import Path

from rclpy.lifecycle import State as LifecycleState
from rclpy.lifecycle import TransitionCallbackReturn

from personaplex_ros.backends.base import AgentFrame
from personaplex_ros.conversation.ledger import Ledger
from personaplex_ros.conversation.passage import Passage
from personaplex_ros.conversation.personas import load_personas
from personaplex_ros.conversation.personas import PersonaError
from personaplex_ros.conversation.runner import ConversationRunner
from personaplex_ros.conversation.settings import ConversationSettings
from personaplex_ros.conversation.state import Status
from personaplex_ros.nodes import parameters
from personaplex_ros.nodes.connecting import backend_maker
from personaplex_ros.nodes.desk import Desk
from personaplex_ros.nodes.ears import Ears
from personaplex_ros.nodes.fact_ears import FactEars
from personaplex_ros.nodes.files import package_file
from personaplex_ros.nodes.main import run_node
from personaplex_ros.nodes.managed_node import ManagedNode
from personaplex_ros.nodes.mouth import Mouth
from personaplex_ros.nodes.reporting import Reporter
from personaplex_ros.nodes.say_server import SayServer
from personaplex_ros.nodes.transcripts import Transcripts


class ConversationNode(ManagedNode):
    """configure connects and prompts the persona; activate opens the audio path.

    Topics and services are there from the start and stay to the end: destroying one while
    another executor thread takes from it would end the process.
    """

    def __init__(self, node_name: str = 'conversation', **kwargs) -> None:
        super().__init__(node_name, **kwargs)
        self._runner: ConversationRunner | None = None
        self._epoch = 0  # players count on it to grow, through every cleanup
        parameters.declare(self, ConversationSettings, self._why_locked)
        self._reporter = Reporter(self)
        self._transcripts = Transcripts(self)
        self._mouth = Mouth(self, self._transcripts)
        self._desk = Desk(self)
        self._say_server = SayServer(self)
        self._ears = Ears(self)
        self._facts = FactEars(self)
        self._ticker = self.create_timer(1.0, self._on_tick)

    def on_configure(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Read the settings and begin to connect; an engine that is away is no failure."""
        try:
            settings = parameters.read(self, ConversationSettings)
            named = settings.personas_file
            own = expanduser(named) if named else package_file('config', 'personas.yaml')
            book = load_personas(Path(own))
            persona = book.find(settings.persona) if settings.persona else book.first
            connect = backend_maker(settings)
            self._mouth.configure(settings)
            self._transcripts.configure(settings)
        except (ValueError, LookupError, PersonaError, FileNotFoundError) as error:
            self.get_logger().error(f'cannot configure: {error}')
            return TransitionCallbackReturn.FAILURE
        self._reporter.configure(settings)
        self._runner = ConversationRunner(
            connect,
            settings,
            persona,
            self,
            self._epoch,
        )
        self._desk.open(self._runner, book)
        self._ears.open(self._runner)
        self._facts.open(self._runner)
        return super().on_configure(state)

    def on_activate(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Open the audio path."""
        result = super().on_activate(state)
        self._mouth.open()
        self._transcripts.open()
        if self._runner is not None:
            self._runner.activate()
            self._ears.activate()
            self._say_server.open(self._runner)
        return result

    def on_deactivate(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Close the audio path; the engine stays connected and prompted."""
        self._say_server.close()
        self._ears.deactivate()
        self._transcripts.close()
        if self._runner is not None:
            self._runner.deactivate()
        self._mouth.close()
        self._on_tick()
        return super().on_deactivate(state)

    def destroy_node(self) -> None:
        """Leave the engine, then the graph."""
        self._leave()
        self._ears.destroy()
        self._say_server.destroy()
        super().destroy_node()

    # What the conversation tells, on the thread of its loop. Somebody may have shut rclpy down
    # meanwhile: then there is nobody left to publish to.

    def on_status(self, status: Status) -> None:
        """Publish the state."""
        if self.context.ok():
            self._reporter.status(status)

    def on_frame(self, frame: AgentFrame, epoch: int, silenced: bool, passage: Passage) -> None:
        """Publish what the agent says."""
        if self.context.ok():
            self._mouth.speak(frame, epoch, silenced, passage)

    def on_cut(self, epoch: int, interrupted: bool) -> None:
        """Void what players hold of older epochs."""
        if self.context.ok():
            self._mouth.cut(epoch, interrupted)

    def on_voices(self, voices: list[str]) -> None:
        """Offer the engine's voices."""
        self._desk.voices = voices

    def on_fault(self, code: str, message: str) -> None:
        """Log what went wrong; what another engine would mend is worth a warning."""
        log = self.get_logger()
        if code in ('lost', 'unsupported'):
            log.warning(message)
        else:
            log.error(f'{message} ({code})')

    def _on_tick(self) -> None:
        runner = self._runner
        if runner is None:
            self._reporter.tick(Ledger(), self._epoch, self._mouth.latency, self._ears)
        else:
            self._reporter.tick(runner.ledger, runner.epoch, self._mouth.latency, self._ears)
            self._reporter.context(runner.briefing)

    def _why_locked(self) -> str:
        return '' if self._runner is None else 'clean up the node first: it is configured'

    def _leave(self) -> None:
        """Leave the engine."""
        runner, self._runner = self._runner, None
        if runner is None:
            return
        self._ears.close()
        self._transcripts.close()
        self._facts.close()
        self._desk.close()
        self._say_server.close()
        runner.stop()
        self._epoch = runner.epoch
        if self._mouth.is_open:  # nobody deactivated it before: what it was saying ends here
            self._epoch += 1
            self.on_cut(self._epoch, interrupted=False)
            self._mouth.close()
        self.on_status(Status())


def main() -> None:
    """Run the node until it is interrupted."""
    run_node(ConversationNode)


if __name__ == '__main__':
    main()

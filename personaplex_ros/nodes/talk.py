# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""Everything a conversation node has between configure and cleanup."""

from dataclasses import dataclass

from rclpy.lifecycle import LifecycleNode

from personaplex_ros.backends.base import AgentFrame
from personaplex_ros.backends.personaplex import PersonaPlexBackend
from personaplex_ros.conversation.personas import Persona
from personaplex_ros.conversation.personas import PersonaBook
from personaplex_ros.conversation.runner import ConversationRunner
from personaplex_ros.conversation.settings import ConversationSettings
from personaplex_ros.conversation.state import Status
from personaplex_ros.nodes.desk import Desk
from personaplex_ros.nodes.ears import Ears
from personaplex_ros.nodes.mouth import Mouth
from personaplex_ros.nodes.reporting import Reporter


@dataclass(frozen=True)
class Numbering:
    """Where a node's output goes on counting: players rely on both to grow."""

    epoch: int = 0
    seq: int = 0


class Talk:
    """Runs the conversation and passes on what it tells (on the thread of its loop)."""

    def __init__(
        self,
        node: LifecycleNode,
        reporter: Reporter,
        settings: ConversationSettings,
        book: PersonaBook,
        persona: Persona,
        numbering: Numbering,
    ) -> None:
        self._log = node.get_logger()
        self._reporter = reporter
        self._voices: list[str] = []
        self._mouth = Mouth(node, settings, numbering.seq)
        self._runner = ConversationRunner(
            lambda: PersonaPlexBackend(settings.engine_url, settings.connect_timeout_s),
            settings,
            persona,
            self,
            numbering.epoch,
        )
        self._desk = Desk(node, self._runner, book, lambda: self._voices)
        self._ears = Ears(node, self._runner)

    @property
    def numbering(self) -> Numbering:
        """What the next conversation of this node begins with."""
        return Numbering(self._runner.epoch, self._mouth.next_seq)

    def activate(self) -> None:
        """Open the audio path; the publishers have been activated."""
        self._mouth.open()
        self._runner.activate()

    def deactivate(self) -> None:
        """Close the audio path; the engine stays connected and prompted."""
        self._runner.deactivate()
        self._mouth.shut()

    def tick(self) -> None:
        """Publish metrics and diagnostics."""
        self._reporter.tick(self._runner.ledger, self._runner.epoch)

    def close(self) -> None:
        """Leave the engine and the topics."""
        self._ears.close()
        self._desk.close()
        self._runner.stop()
        self._mouth.close()
        self._reporter.status(Status())

    def on_status(self, status: Status) -> None:
        """Publish the state."""
        self._reporter.status(status)

    def on_frame(self, frame: AgentFrame, epoch: int, silenced: bool) -> None:
        """Publish what the agent says."""
        self._mouth.speak(frame, epoch, silenced)

    def on_cut(self, epoch: int, interrupted: bool) -> None:
        """Void what players hold of older epochs."""
        self._mouth.cut(epoch, interrupted)

    def on_voices(self, voices: list[str]) -> None:
        """Offer the engine's voices."""
        self._voices = voices

    def on_fault(self, code: str, message: str) -> None:
        """Log what went wrong."""
        self._log.error(f'{message} ({code})')

# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""The demo's visitor: gives commands, interrupts once, and once asks for another persona."""

from dataclasses import dataclass
import json
from pathlib import Path
import time

from rclpy.node import Node
from rclpy.task import Future
from std_msgs.msg import Bool
from std_srvs.srv import Trigger

from personaplex_ros.conversation.settings import setting
from personaplex_ros.conversation.state import State
from personaplex_ros.msg import AudioChunk
from personaplex_ros.msg import ConversationState
from personaplex_ros.nodes import parameters
from personaplex_ros.nodes import qos
from personaplex_ros.nodes.demo_words import COMMANDS
from personaplex_ros.nodes.demo_words import INTERRUPTED
from personaplex_ros.nodes.demo_words import lines_of_recording
from personaplex_ros.nodes.demo_words import LIVE
from personaplex_ros.nodes.demo_words import ScriptedWords
from personaplex_ros.nodes.main import run_node
from personaplex_ros.srv import SetPersona

PATIENCE_S = 5.0
"""How long to wait for the robot to speak before it is interrupted all the same."""

MAX_VISIT_S = 86_400.0
"""A day: `make demo` takes recordings of any length."""


@dataclass(frozen=True)
class DemoVisitorSettings:
    """When it does what, in seconds after the conversation went live."""

    directory: str = setting('.', 'Folder for visit.json.', read_only=True)
    interrupt_at_s: float = setting(
        8.0,
        'Interrupt then, or as soon as the robot speaks after it.',
        unit='s',
        minimum=0.0,
        maximum=MAX_VISIT_S,
        read_only=True,
    )
    persona_at_s: float = setting(
        14.0,
        'Change the persona then.',
        unit='s',
        minimum=0.0,
        maximum=MAX_VISIT_S,
        read_only=True,
    )
    persona: str = setting('barista', 'The persona to change to.', read_only=True)
    say_words: bool = setting(
        False, 'Say scripted sentences on user_words, as a recogniser would.', read_only=True
    )
    words_file: str = setting(
        '', 'JSON with the sentences of the recording; empty says commands.', read_only=True
    )


class DemoVisitor(Node):
    """Does it all once, measures it, writes visit.json; then it is `done`."""

    def __init__(self, node_name: str = 'demo_visitor', **kwargs) -> None:
        super().__init__(node_name, **kwargs)
        self._settings = parameters.take(self, DemoVisitorSettings)
        Path(self._settings.directory).mkdir(parents=True, exist_ok=True)
        self._live_s: float | None = None
        self._speaking = False
        self._epoch = 0
        self._visit: dict[str, object] = {}
        self._interrupted_s: float | None = None
        self._asked = False
        named = self._settings.words_file
        lines = lines_of_recording(Path(named)) if named else COMMANDS
        self._words = ScriptedWords(self, lines) if self._settings.say_words else None
        self._is_visited = False
        self._interrupt = self.create_client(Trigger, 'interrupt')
        self._set_persona = self.create_client(SetPersona, 'set_persona')
        self.create_subscription(ConversationState, 'state', self._on_state, qos.latched())
        self.create_subscription(Bool, 'is_speaking', self._on_speaking, qos.latched())
        self.create_subscription(AudioChunk, 'audio/out', self._on_spoken, qos.audio_subscribe())
        self._timer = self.create_timer(0.05, self._on_timer)

    @property
    def done(self) -> bool:
        """Whether everything was done, and visit.json tells."""
        return self._is_visited

    def _on_state(self, state: ConversationState) -> None:
        if state.state == State.LIVE and self._live_s is None:
            self._live_s = time.monotonic()

    def _on_speaking(self, speaking: Bool) -> None:
        self._speaking = speaking.data

    def _on_spoken(self, chunk: AudioChunk) -> None:
        """The first chunk of a new epoch is when a player falls silent."""
        if chunk.epoch > self._epoch:
            self._epoch = chunk.epoch
            if self._interrupted_s is not None and 'interrupt_to_silence_ms' not in self._visit:
                ms = (time.monotonic() - self._interrupted_s) * 1000
                self._visit['interrupt_to_silence_ms'] = round(ms, 2)

    def _on_timer(self) -> None:
        if self._live_s is None or self.done:
            return
        live_s = time.monotonic() - self._live_s
        settings = self._settings
        if self._interrupted_s is None:
            late = live_s >= settings.interrupt_at_s + PATIENCE_S
            if late or (self._speaking and live_s >= settings.interrupt_at_s):
                self._do_interrupt()
        elif not self._asked and live_s >= settings.persona_at_s:
            self._do_set_persona()
        if self._words is not None:
            self._words.cue(LIVE)
            self._words.step()
        if 'persona' in self._visit and (self._words is None or self._words.done):
            self._write()

    def _do_interrupt(self) -> None:
        self._interrupted_s = time.monotonic()
        self._visit['interrupted_while_speaking'] = self._speaking
        if self._words is not None:
            self._words.cue(INTERRUPTED)
        self._interrupt.call_async(Trigger.Request())

    def _do_set_persona(self) -> None:
        self._asked = True
        request = SetPersona.Request(name=self._settings.persona)
        self._set_persona.call_async(request).add_done_callback(self._on_persona)

    def _on_persona(self, future: Future) -> None:
        answer = future.result()
        self._visit['persona_switched'] = answer.success
        self._visit['persona_message'] = answer.message
        self._visit['persona_switch_ms'] = round(answer.ready_ms, 1)
        self._visit['persona'] = self._settings.persona  # the last: now all of it is there

    def _write(self) -> None:
        if self._words is not None:
            self._visit['scripted_words'] = self._words.said
        path = Path(self._settings.directory) / 'visit.json'
        path.write_text(json.dumps(self._visit, indent=1) + '\n', encoding='utf-8')
        self._is_visited = True


def main() -> None:
    """Visit once."""
    run_node(DemoVisitor, until=lambda node: node.done)


if __name__ == '__main__':
    main()

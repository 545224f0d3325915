# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""The lifecycle node of the slow mind: a language model reads along, calls tools, tells facts."""

from collections import deque
import os

from diagnostic_msgs.msg import DiagnosticArray
from diagnostic_msgs.msg import DiagnosticStatus
from diagnostic_msgs.msg import KeyValue
from rclpy.callback_groups import MutuallyExclusiveCallbackGroup
from rclpy.lifecycle import State as LifecycleState
from rclpy.lifecycle import TransitionCallbackReturn
from std_msgs.msg import Header
from std_msgs.msg import String

from personaplex_ros.backends.chat_endpoint import ChatEndpoint
from personaplex_ros.msg import ToolCall
from personaplex_ros.msg import ToolEvent
from personaplex_ros.msg import Transcript
from personaplex_ros.nodes import parameters
from personaplex_ros.nodes import qos
from personaplex_ros.nodes.background_hold import WordsHold
from personaplex_ros.nodes.background_mind import Mind
from personaplex_ros.nodes.background_settings import BackgroundSettings
from personaplex_ros.nodes.background_settings import KEY_VARIABLE
from personaplex_ros.nodes.intent.speaker import Speaker
from personaplex_ros.nodes.intent.user_ears import UserEars
from personaplex_ros.nodes.main import run_node
from personaplex_ros.nodes.managed_node import ManagedNode
from personaplex_ros.tools.catalogue import Catalogue
from personaplex_ros.tools.catalogue_file import CatalogueFile
from personaplex_ros.tools.loading import CatalogueError
from personaplex_ros.tools.mind.chat import Answer
from personaplex_ros.tools.steps import Stage

MAX_FACTS = 12
TROUBLE_PERIOD_S = 30.0

_TOLD_STAGES = (Stage.CONFIRMING, Stage.SENT, Stage.SUCCEEDED, Stage.FAILED, Stage.REFUSED,
                Stage.CANCELLED)  # fmt: skip


class BackgroundNode(ManagedNode):
    """configure reads the settings; activate listens, and asks the endpoint when words came.

    Its calls are proposals: tool_intent passes them through the gate, or refuses them.
    """

    def __init__(self, node_name: str = 'background', **kwargs) -> None:
        super().__init__(node_name, **kwargs)
        self._settings: BackgroundSettings | None = None
        self._file: CatalogueFile | None = None
        self._mind: Mind | None = None
        parameters.declare(self, BackgroundSettings, self._why_locked)
        group = MutuallyExclusiveCallbackGroup()
        self._facts: deque[str] = deque(maxlen=MAX_FACTS)
        self._trouble = ''
        self._counts = {'calls': 0, 'facts': 0}
        self._calls = self.create_publisher(ToolCall, 'tool_calls', qos.events())
        self._facts_topic = self.create_publisher(String, 'context', qos.latched())
        self._diagnostics = self.create_publisher(DiagnosticArray, '/diagnostics', 10)
        self._speaker = Speaker(self, group)
        self._hold = WordsHold(self)
        self._user = UserEars(self, self._on_user)
        listen = self.create_subscription
        self._ears = [
            listen(Transcript, 'transcript', self._on_words, qos.events(), callback_group=group),
            listen(ToolEvent, 'tool_events', self._on_step, qos.events(), callback_group=group),
        ]
        self._ticker = self.create_timer(1.0, self._on_tick)

    # Lifecycle

    def on_configure(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Read the settings and the tools file."""
        try:
            settings = parameters.read(self, BackgroundSettings)
            if not settings.url or not settings.model:
                raise ValueError('url and model are needed: name an OpenAI-compatible endpoint')
            ChatEndpoint(settings.url, os.environ.get(KEY_VARIABLE, ''))
            self._file = CatalogueFile(settings.tools_path)
        except (CatalogueError, ValueError, OSError) as error:
            self.get_logger().error(f'cannot configure: {error}')
            return TransitionCallbackReturn.FAILURE
        self._settings = settings
        self._user.configure(settings.user_topics)
        return super().on_configure(state)

    def on_activate(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Listen and think."""
        settings = self._settings
        if settings is not None:
            endpoint = ChatEndpoint(settings.url, os.environ.get(KEY_VARIABLE, ''))
            self._mind = Mind(settings, endpoint, self._catalogue, self)
        return super().on_activate(state)

    def on_deactivate(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Think no more; what was known of the conversation is forgotten."""
        self._close()
        return super().on_deactivate(state)

    def destroy_node(self) -> None:
        """Hang up, then leave the graph."""
        self._leave()
        self._speaker.destroy()
        super().destroy_node()

    # What the mind tells, on its own thread: nothing here may wait.

    def on_answer(self, answer: Answer) -> None:
        """Propose its calls, pass its fact on."""
        self._trouble = ''
        settings = self._settings
        if settings is None or not self.context.ok():
            return
        for call in answer.calls:
            self._counts['calls'] += 1
            self._calls.publish(
                ToolCall(
                    header=self._header(),
                    name=call.name,
                    arguments=call.arguments,
                    source='background',
                )
            )
        if answer.fact:
            self._counts['facts'] += 1
            self._tell(answer.fact, settings.facts)

    def on_trouble(self, why: str) -> None:
        """Say so, once in a while."""
        self._trouble = why
        self.get_logger().warning(f'no answer: {why}', throttle_duration_sec=TROUBLE_PERIOD_S)

    def on_busy(self, is_busy: bool) -> None:
        """Hold the agent's words meanwhile, where that is wanted."""
        settings = self._settings
        if settings is not None and settings.hold_words and self.context.ok():
            self._hold.want(is_busy)

    # What is heard

    def _on_user(self, text: str, voice: str, is_final: bool) -> None:
        if is_final and (mind := self._mind) is not None:
            mind.hear('user', text)

    def _on_words(self, words: Transcript) -> None:
        is_news = words.is_final and not words.relayed  # else UserEars has heard it
        if is_news and (mind := self._mind) is not None:
            mind.hear('user' if words.speaker == Transcript.USER else 'robot', words.text)

    def _on_step(self, event: ToolEvent) -> None:
        mind = self._mind
        if mind is not None and event.stage in _TOLD_STAGES:
            stage = Stage(event.stage).name.lower()
            mind.hear('tools', f'{event.tool} {event.arguments} {stage}: {event.reason}')

    def _tell(self, fact: str, how: str) -> None:
        if how == 'say':
            self._speaker.say(fact)
            return
        self._facts.append(fact)
        self._facts_topic.publish(String(data='\n'.join(self._facts)))

    def _catalogue(self) -> Catalogue:
        """Return the tools as the file is now; an invalid change is told and kept out."""
        file = self._file
        if file is None:
            return Catalogue(tools={}, estop_phrases=())
        _, problem = file.poll()
        if problem:
            self.get_logger().error(f'the changed tools file is not used:\n{problem}')
        return file.catalogue

    def _on_tick(self) -> None:
        mind = self._mind
        if mind is None:
            return
        level, message = DiagnosticStatus.OK, 'thinks along'
        if mind.failures:
            level, message = DiagnosticStatus.WARN, f'no answer: {self._trouble}'
        values = {'requests': mind.requests, 'failures in a row': mind.failures, **self._counts}
        status = DiagnosticStatus(
            level=level,
            name=f'{self.get_fully_qualified_name()}: mind',
            message=message,
            values=[KeyValue(key=key, value=str(value)) for key, value in values.items()],
        )
        self._diagnostics.publish(DiagnosticArray(header=self._header(), status=[status]))

    def _header(self) -> Header:
        return Header(stamp=self.get_clock().now().to_msg())

    def _close(self) -> None:
        """Undo activate; may be called in any state."""
        mind, self._mind = self._mind, None
        if mind is not None:
            mind.stop()

    def _leave(self) -> None:
        """Think no more and forget the settings."""
        self._close()
        self._settings = None

    def _why_locked(self) -> str:
        return '' if self._settings is None else 'clean up the node first: it is configured'


def main() -> None:
    """Run the node until it is interrupted."""
    run_node(BackgroundNode)


if __name__ == '__main__':
    main()

# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""The shipped tool_intent node under test, with a voice for the user and one for the agent."""

from pathlib import Path
from typing import Any

from builtin_interfaces.msg import Time
from graph import Graph
from graph import LATCHED
from graph import wait_until
from lifecycle_msgs.msg import Transition
from lifecycle_msgs.srv import ChangeState
from rclpy.parameter import Parameter
from std_msgs.msg import Bool
from std_msgs.msg import Header
from std_msgs.msg import String
from std_msgs.msg import UInt32
from std_srvs.srv import Trigger

from personaplex_ros.msg import TextToken
from personaplex_ros.msg import ToolEvent
from personaplex_ros.msg import Transcript
from personaplex_ros.nodes.tool_intent import ToolIntentNode
from personaplex_ros.srv import DecideCall
from personaplex_ros.tools.steps import Stage

HEAD = """\
version: 1
address: [robot]
estop: {topic: emergency_stop, phrases: [emergency stop]}
cancel: {phrases: [stop that, never mind]}
defaults: {cooldown_s: 0.0, max_per_min: 600, timeout_s: 5.0}
"""


def entry(name: str, call: str, policy: str = '{}', **more: str) -> str:
    """Return one entry, asked for by its name with spaces."""
    fields = {'source': 'user', 'phrases': f'{{user: [{name.replace("_", " ")}]}}', **more}
    lines = ''.join(f'    {key}: {value}\n' for key, value in fields.items())
    lines += f'    call: {call}\n    policy: {policy}\n'
    return f'  - name: {name}\n    description: Do it.\n{lines}'


class ToolRig:
    """One tool_intent node in the test's namespace; inactive until bring_up()."""

    def __init__(self, graph: Graph, folder: Path, tools: str = '', **parameters: Any) -> None:
        """tools: entries, the list under `tools:`; empty takes the shipped file."""
        self.graph = graph
        self.namespace = graph.namespace
        self.file = folder / 'tools.yaml'
        self.audit = folder / 'audit.jsonl'
        values = {'audit_file': str(self.audit), 'feedback_period_s': 0.0, **parameters}
        if tools:
            self.write(tools)
            values['tools_file'] = str(self.file)
        self.events = graph.listen(ToolEvent, self.path('tool_events'))
        self.node = graph.add(
            ToolIntentNode(
                namespace=self.namespace,
                context=graph.context,
                parameter_overrides=[Parameter(key, value=v) for key, v in values.items()],
            )
        )
        publish = graph.node.create_publisher
        self._user = publish(String, self.path('user_words'), 1000)
        self._tokens = publish(TextToken, self.path('text_tokens'), 1000)
        self._transcript = publish(Transcript, self.path('transcript'), 100)
        self._interrupted = publish(UInt32, self.path('interrupted'), 100)
        self._frame = 0

    def write(self, tools: str) -> None:
        """Write the file."""
        self.file.write_text(f'{HEAD}tools:\n{tools}')

    def path(self, name: str) -> str:
        """Return the full name of one of its topics or services."""
        return f'{self.namespace}/{name}'

    def change(self, transition: int) -> bool:
        """Ask for a transition, as `ros2 lifecycle set` does."""
        service = self.path('tool_intent/change_state')
        return self.graph.ask(ChangeState, service, transition=Transition(id=transition)).success

    def configure(self) -> bool:
        """Read the file."""
        return self.change(Transition.TRANSITION_CONFIGURE)

    def activate(self) -> bool:
        """Take words."""
        return self.change(Transition.TRANSITION_ACTIVATE)

    def deactivate(self) -> bool:
        """Take no more words."""
        return self.change(Transition.TRANSITION_DEACTIVATE)

    def bring_up(self) -> 'ToolRig':
        """Configure, activate and wait until it hears the user."""
        assert self.configure()
        assert self.activate()
        return self.hearing()

    def hearing(self) -> 'ToolRig':
        """Wait until the user's words reach it; what is heard there it tells a moment later."""
        wait_until(lambda: self._user.get_subscription_count() > 0, 'ears for the user')
        return self

    # What is said

    def user(self, text: str) -> None:
        """Let the user say something."""
        self._user.publish(String(data=text))

    def agent(self, text: str, epoch: int = 0, size: int = 4, at_s: int = 0) -> None:
        """Let the agent say something, in pieces."""
        header = Header(stamp=Time(sec=at_s))
        for at in range(0, len(text), size):
            piece = text[at : at + size]
            self._tokens.publish(
                TextToken(header=header, frame=self._frame, id=1, piece=piece, epoch=epoch)
            )
            self._frame += 1

    def agent_ends(self, interrupted: bool = False, at_s: int = 0) -> None:
        """End the agent's utterance."""
        header = Header(stamp=Time(sec=at_s))
        self._transcript.publish(Transcript(header=header, is_final=True, interrupted=interrupted))

    def transcribed(self, text: str, relayed: bool) -> None:
        """Tell the user's words on transcript; relayed: from a topic of their own."""
        self._transcript.publish(
            Transcript(speaker=Transcript.USER, text=text, is_final=True, relayed=relayed)
        )

    def interrupt(self, epoch: int = 1) -> None:
        """Tell that the agent was interrupted."""
        self._interrupted.publish(UInt32(data=epoch))

    # What people decide

    def decide(self, call_id: str, decision: int) -> DecideCall.Response:
        """Let an operator decide."""
        service = self.path('decide_call')
        return self.graph.ask(DecideCall, service, call_id=call_id, decision=decision)

    def trigger(self, service: str) -> Trigger.Response:
        """Ask estop, release_estop or reload_tools."""
        return self.graph.ask(Trigger, self.path(service))

    def latch(self, topic: str, value: bool) -> Any:
        """Latch a Bool topic; returns the publisher."""
        publisher = self.graph.node.create_publisher(Bool, self.path(topic), LATCHED)
        publisher.publish(Bool(data=value))
        return publisher

    # What it did

    def until(self, tool: str, stage: Stage, words: str = '') -> ToolEvent:
        """Wait for a step; returns its event."""
        return self.events.wait(
            lambda e: e.tool == tool and e.stage == stage and words in e.reason,
            lambda: f'{stage.name} of {tool} {words!r}; had {self.told()}',
        )

    def told(self) -> list[str]:
        """Return the steps so far, as `tool STAGE`."""
        return [f'{event.tool} {Stage(event.stage).name}' for event in self.events]

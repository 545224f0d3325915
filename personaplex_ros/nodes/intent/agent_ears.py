# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""What the agent says, and what is decided elsewhere about it: topics of the conversation."""

import time

from rclpy.callback_groups import MutuallyExclusiveCallbackGroup
from rclpy.node import Node
from std_msgs.msg import UInt32

from personaplex_ros.msg import TextToken
from personaplex_ros.msg import ToolCall
from personaplex_ros.msg import Transcript
from personaplex_ros.nodes import qos
from personaplex_ros.nodes.intent.acting import Acting
from personaplex_ros.nodes.ros_time import nanoseconds

SOURCES = ('background', 'agent')
"""Who may ask by structured calls; a topic cannot speak for the user."""

MAX_CALL_AGE_S = 30.0
"""What a model wanted longer ago was meant for another moment of the conversation."""


class AgentEars:
    """Subscriptions that hand on what comes while something is there to take it."""

    def __init__(self, node: Node) -> None:
        self._acting: Acting | None = None
        self._clock = node.get_clock()
        self._last = (0, 0)  # epoch and frame of the last token; an interrupt does not raise it
        self._cut_ns = 0
        group = MutuallyExclusiveCallbackGroup()
        listen = node.create_subscription
        listen(TextToken, 'text_tokens', self._on_token, qos.events(), callback_group=group)
        listen(Transcript, 'transcript', self._on_transcript, qos.events(), callback_group=group)
        listen(UInt32, 'interrupted', self._on_interrupted, qos.events(), callback_group=group)
        listen(ToolCall, 'tool_calls', self._on_call, qos.events(), callback_group=group)

    def open(self, acting: Acting) -> None:
        """Hand on to it."""
        self._acting = acting

    def close(self) -> None:
        """Hand on to nobody."""
        self._acting = None

    def _on_token(self, token: TextToken) -> None:
        acting = self._acting
        if acting is None:
            return
        now = (token.epoch, token.frame)
        if now < self._last:
            # epochs only grow while a conversation node lives, and so do the frames of each:
            # this is another one
            acting.happened(acting.intent.session_began)
        if token.epoch != self._last[0]:
            self._cut_ns = 0
        elif nanoseconds(token.header.stamp) < self._cut_ns:
            return  # the cut has overtaken it: it is of a sentence that did not end
        self._last = now
        acting.agent_said(token.piece, token.epoch)

    def _on_transcript(self, transcript: Transcript) -> None:
        acting = self._acting
        if acting is None:
            return
        if transcript.speaker == Transcript.USER:
            if not transcript.relayed:  # else UserEars hears the recogniser itself
                acting.user_said(transcript.text, '', transcript.is_final)
        elif transcript.interrupted:
            self._cut_ns = nanoseconds(transcript.header.stamp)
            acting.happened(acting.intent.agent_ended, True)
        # Another end is not taken from here: on a busy machine it overtakes words on the other
        # topic, and the second half of a sentence may mean the opposite of the whole. The gate
        # waits for silence.

    def _on_interrupted(self, epoch: UInt32) -> None:
        acting = self._acting
        if acting is not None:
            acting.interrupt(epoch.data)

    def _on_call(self, call: ToolCall) -> None:
        acting = self._acting
        if acting is None:
            return
        source = call.source if call.source in SOURCES else SOURCES[0]
        age_s = self._age_s(call)
        if age_s is not None and age_s > MAX_CALL_AGE_S:
            reason = f'too late: the model was asked {age_s:.0f} s ago'
            acting.hear(acting.intent.refuse_call, call.name, source, reason)
        else:
            asked_s = None if age_s is None else time.monotonic() - age_s
            take = acting.intent.function_call
            acting.hear(take, call.name, call.arguments, source, asked_s)

    def _age_s(self, call: ToolCall) -> float | None:
        """Return how long ago the model was asked; None where it does not say."""
        asked_ns = nanoseconds(call.header.stamp)
        return (self._clock.now().nanoseconds - asked_ns) / 1e9 if asked_ns else None

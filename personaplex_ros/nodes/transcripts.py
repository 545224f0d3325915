# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""The topic transcript: what the agent says, and the user's words as recognisers tell them."""

from rclpy.lifecycle import LifecycleNode
from rclpy.time import Time
from std_msgs.msg import Header

from personaplex_ros.conversation.settings import ConversationSettings
from personaplex_ros.conversation.transcript import Utterance
from personaplex_ros.msg import Transcript
from personaplex_ros.nodes import qos
from personaplex_ros.nodes.intent.user_ears import UserEars


class Transcripts:
    """One publisher for both speakers, each with a count of its own.

    The user's words are marked as relayed: who listens to the recogniser itself has them already.
    """

    def __init__(self, node: LifecycleNode) -> None:
        self._node = node
        self._is_open = False
        self._user_utterances = 0
        self._publisher = node.create_lifecycle_publisher(Transcript, 'transcript', qos.events())
        self._ears = UserEars(node, self._on_user)

    def configure(self, settings: ConversationSettings) -> None:
        """Look for recognisers on these topics; the user's count begins anew."""
        self._user_utterances = 0
        self._ears.configure(settings.user_topics)

    def open(self) -> None:
        """Relay the user's words."""
        self._is_open = True

    def close(self) -> None:
        """Relay them no more."""
        self._is_open = False

    def agent_said(self, utterance: Utterance) -> None:
        """Publish what the agent says, as it stands."""
        self._publish(
            Transcript(
                speaker=Transcript.AGENT,
                utterance=utterance.number,
                text=utterance.text,
                is_final=utterance.is_final,
                interrupted=utterance.interrupted,
                start=Time(seconds=utterance.start_s).to_msg(),
                end=Time(seconds=utterance.end_s).to_msg(),
            )
        )

    def _on_user(self, text: str, voice: str, is_final: bool) -> None:
        """Publish whole utterances; a recogniser does not say when they were spoken."""
        if not (self._is_open and is_final and self._node.context.ok()):
            return
        self._user_utterances += 1
        now = self._node.get_clock().now().to_msg()
        self._publish(
            Transcript(
                speaker=Transcript.USER,
                utterance=self._user_utterances,
                text=text,
                is_final=True,
                relayed=True,
                start=now,
                end=now,
            )
        )

    def _publish(self, transcript: Transcript) -> None:
        transcript.header = Header(stamp=self._node.get_clock().now().to_msg())
        self._publisher.publish(transcript)

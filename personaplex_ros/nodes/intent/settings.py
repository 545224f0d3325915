# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""Settings of the tool_intent node; its parameters are declared from them."""

from dataclasses import dataclass
import os
from pathlib import Path

from personaplex_ros.conversation.settings import listed
from personaplex_ros.conversation.settings import not_topics
from personaplex_ros.conversation.settings import setting
from personaplex_ros.conversation.settings import USER_WORDS
from personaplex_ros.nodes.files import package_file


@dataclass(frozen=True)
class ToolIntentSettings:
    """Which tools, whose words, and how careful."""

    tools_file: str = setting(
        '', 'tools.yaml, the allow-list; empty takes the one of this package.'
    )
    dry_run: bool = setting(False, 'Everything happens but the sending of calls.')
    audit_file: str = setting(
        '', 'Where every step is recorded; empty is personaplex_tools.jsonl in the ROS home.'
    )
    user_words: str = setting(
        USER_WORDS,
        "Topics with the user's words, by commas; * is any part of a name. Types are found on the "
        'graph: std_msgs/msg/String, hri_msgs/msg/LiveSpeech, '
        'speech_recognition_msgs/msg/SpeechRecognitionCandidates.',
    )
    requires_fresh_s: float = setting(
        3.0,
        'A `requires` topic that is not latched is trusted for so long after a message.',
        unit='s',
        minimum=0.05,
        maximum=3600.0,
    )
    reload_period_s: float = setting(
        1.0,
        'How often the tools file is looked at for a change; 0 is never.',
        unit='s',
        minimum=0.0,
        maximum=3600.0,
    )
    feedback_period_s: float = setting(
        1.0, 'A running action is reported this often at most.', unit='s', minimum=0.0,
        maximum=3600.0,
    )  # fmt: skip

    @staticmethod
    def check_user_words(value: str) -> str:
        """Refuse what no topic can be called."""
        return not_topics('user_words', value)

    @property
    def tools_path(self) -> Path:
        """The allow-list. Raises FileNotFoundError where this package has lost its own."""
        if self.tools_file:
            return Path(self.tools_file).expanduser()
        return package_file('config', 'tools.yaml')

    @property
    def audit_path(self) -> Path:
        """The audit log, not made yet."""
        if self.audit_file:
            return Path(self.audit_file).expanduser()
        home = os.environ.get('ROS_HOME') or '~/.ros'
        return Path(home).expanduser() / 'personaplex_tools.jsonl'

    @property
    def user_topics(self) -> list[str]:
        """The topics with the user's words."""
        return listed(self.user_words)

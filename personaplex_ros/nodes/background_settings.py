# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""Settings of the background node; its parameters are declared from them."""

from dataclasses import dataclass
from os.path import expanduser
from pathlib import Path

from personaplex_ros.backends.chat_endpoint import chat_base_url
from personaplex_ros.conversation.settings import listed
from personaplex_ros.conversation.settings import not_topics
from personaplex_ros.conversation.settings import setting
from personaplex_ros.conversation.settings import upside_down
from personaplex_ros.conversation.settings import USER_WORDS
from personaplex_ros.nodes.files import package_file
from personaplex_ros.tools.mind.thinker import ThinkingSettings

FACTS = ('say', 'context')

KEY_VARIABLE = 'PERSONAPLEX_MIND_KEY'
"""Environment variable with the key of the endpoint; a parameter could be read by anybody."""


@dataclass(frozen=True)
class BackgroundSettings:
    """Which language model thinks, what it is told, and how patient we are."""

    url: str = setting(
        '',
        'OpenAI-compatible endpoint up to /v1, such as http://127.0.0.1:11434/v1. Its key comes '
        f'from the environment ({KEY_VARIABLE}).',
    )
    model: str = setting('', 'Name of the model there.')
    about: str = setting('', 'What the model is told beside the talk: place, task, manners.')
    tools_file: str = setting('', 'The allow-list, as tool_intent has it; empty takes ours.')
    user_words: str = setting(
        USER_WORDS, "Topics with the user's words, by commas; as in tool_intent."
    )
    facts: str = setting(
        'say',
        'What is done with a fact: say (the agent speaks it), context (kept on the topic '
        '`context`, from where the persona takes it at its next rebuild).',
    )
    hold_words: bool = setting(
        False, 'The agent begins no word of its own while there is thought about what a user said.'
    )
    talk_chars: int = setting(
        4_000, 'Characters of the conversation that are sent, the last ones.', minimum=200,
        maximum=100_000,
    )  # fmt: skip
    max_tokens: int = setting(300, 'Longest answer.', unit='tokens', minimum=16, maximum=8_192)
    pause_s: float = setting(
        ThinkingSettings.pause_s,
        'More words within it belong to the same thought.',
        unit='s',
        minimum=0.0,
        maximum=10.0,
    )
    period_s: float = setting(
        ThinkingSettings.period_s,
        'From the begin of one request to the next, at least.',
        unit='s',
        minimum=0.0,
        maximum=3600.0,
    )
    timeout_s: float = setting(
        ThinkingSettings.timeout_s,
        'From the words to the answer; a later one counts no more.',
        unit='s',
        minimum=0.1,
        maximum=120.0,
    )
    backoff_min_s: float = setting(
        ThinkingSettings.backoff_min_s,
        'Wait after a request that failed; doubles with each.',
        unit='s',
        minimum=0.01,
        maximum=600.0,
    )
    backoff_max_s: float = setting(
        ThinkingSettings.backoff_max_s,
        'Longest wait after a request that failed.',
        unit='s',
        minimum=0.01,
        maximum=3600.0,
    )

    @staticmethod
    def check_url(value: str) -> str:
        """Refuse what no endpoint can have; empty is not set yet."""
        try:
            if value:
                chat_base_url(value)
        except ValueError as error:
            return str(error)
        return ''

    @staticmethod
    def check_facts(value: str) -> str:
        """Refuse what is none of them."""
        return '' if value in FACTS else f'facts is {value!r}; expected {" or ".join(FACTS)}'

    @staticmethod
    def check_user_words(value: str) -> str:
        """Refuse what no topic can be called."""
        return not_topics('user_words', value)

    @property
    def contradiction(self) -> str:
        """Why these settings do not go together, or ''."""
        return upside_down(self, 'backoff_min_s', 'backoff_max_s')

    @property
    def tools_path(self) -> Path:
        """The allow-list. Raises FileNotFoundError where this package has lost its own."""
        if self.tools_file:
            return Path(expanduser(self.tools_file))
        return package_file('config', 'tools.yaml')

    @property
    def user_topics(self) -> list[str]:
        """The topics with the user's words."""
        return listed(self.user_words)

    @property
    def thinking(self) -> ThinkingSettings:
        """Those of the thinker."""
        return ThinkingSettings(
            self.pause_s, self.period_s, self.timeout_s, self.backoff_min_s, self.backoff_max_s
        )

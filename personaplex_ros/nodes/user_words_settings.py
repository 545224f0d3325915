# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""Settings of the user_words node; its parameters are declared from them."""

from dataclasses import dataclass
from os.path import expanduser
from pathlib import Path

from personaplex_ros.conversation.settings import setting
from personaplex_ros.nodes.files import package_file


@dataclass(frozen=True)
class UserWordsSettings:
    """What is listened for."""

    tools_file: str = setting('', 'The allow-list, as tool_intent has it; empty takes ours.')
    wake_word: str = setting(
        'robot', 'Every command begins with it; one of `address` in the tools file.'
    )

    @staticmethod
    def check_wake_word(value: str) -> str:
        """Refuse what is no word in lower case."""
        if value.isalpha() and value.islower():
            return ''
        return f'wake_word is {value[:40]!r}; expected one word in lower case'

    @property
    def tools_path(self) -> Path:
        """The allow-list. Raises FileNotFoundError where this package has lost its own."""
        if self.tools_file:
            return Path(expanduser(self.tools_file))
        return package_file('config', 'tools.yaml')

# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""A tool's own guards: patterns that keep it still wherever they occur in the sentence."""

from personaplex_ros.tools.catalogue import Tool
from personaplex_ros.tools.english import Words
from personaplex_ros.tools.numbers import may_continue
from personaplex_ros.tools.pattern import Expansion
from personaplex_ros.tools.pattern import Gap
from personaplex_ros.tools.pattern import Slot
from personaplex_ros.tools.phrase_trie import is_number_slot
from personaplex_ros.tools.phrase_trie import ways_to_say


def forbids(tool: Tool, words: Words) -> str:
    """Return the guard of a tool that fits somewhere in the words, or ''."""
    for guard in tool.unless:
        if any(_fits(tool, guard, words, at) for at in range(len(words))):
            return shown(guard)
    return ''


def _fits(tool: Tool, guard: Expansion, words: Words, at: int) -> bool:
    places = {at}
    for part in guard:
        places = {after for place in places for after in _after(tool, part, words, place)}
    return bool(places)


def _after(tool: Tool, part: str | Slot | Gap, words: Words, at: int) -> list[int]:
    """Return the places where the rest of a guard may begin."""
    if isinstance(part, Gap):
        return list(range(at, len(words) + 1))
    if isinstance(part, str):
        return [at + 1] if words[at : at + 1] == (part,) else []
    out = [
        at + len(said)
        for _, said in ways_to_say(tool, part.name)
        if words[at : at + len(said)] == said
    ]
    if is_number_slot(tool, part.name) and at < len(words) and may_continue(words[at]):
        out.append(at + 1)
    return out


def shown(expansion: Expansion) -> str:
    """Return a phrase as it is written in the file."""
    return ' '.join(map(_shown, expansion))


def _shown(part: str | Slot | Gap) -> str:
    if isinstance(part, str):
        return part
    return '*' if isinstance(part, Gap) else f'{{{part.name}}}'

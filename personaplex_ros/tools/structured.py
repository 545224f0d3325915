# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""Structured calls: the tag form in a fine-tuned model's text, and the function calls of backends.

The tag form is `<tool_call>{"name": "go_to", "arguments": {"place": "kitchen"}}</tool_call>`, the
one that function-calling chat models were trained on (Nous Research's Hermes, Qwen).
"""

from dataclasses import dataclass
from dataclasses import field
from typing import Any

from personaplex_ros.tools.arguments import ArgumentError
from personaplex_ros.tools.arguments import decode_arguments
from personaplex_ros.tools.arguments import MAX_JSON_CHARS
from personaplex_ros.tools.file_schema import MAX_NAME_CHARS

OPEN = '<tool_call>'
CLOSE = '</tool_call>'


@dataclass(frozen=True)
class StructuredCall:
    """A call by name, not yet checked; `problem` says why it cannot be one.

    The name is that of a tool or the begin of one too long: whoever asks may send megabytes.
    """

    name: str = ''
    arguments: dict[str, Any] = field(default_factory=dict)
    problem: str = ''


def function_call(name: str, arguments: str) -> StructuredCall:
    """Read the function call of a backend: a name, and its arguments as JSON text."""
    try:
        return _named_call(name, decode_arguments(arguments))
    except ArgumentError as error:
        return StructuredCall(short_name(name), {}, str(error))


def short_name(name: str) -> str:
    """Return no more of a name than a tool's can have."""
    return name[:MAX_NAME_CHARS]


def tagged_call(text: str) -> StructuredCall:
    """Read what stands between the tags."""
    try:
        data = decode_arguments(text)
    except ArgumentError as error:
        return StructuredCall(problem=f'tool_call: {error}')
    name, arguments = data.get('name'), data.get('arguments', {})
    if not isinstance(name, str) or set(data) - {'name', 'arguments'}:
        return StructuredCall(problem='tool_call: expected {"name": ..., "arguments": {...}}')
    if isinstance(arguments, str):
        return function_call(name, arguments)
    if not isinstance(arguments, dict):
        return StructuredCall(short_name(name), {}, 'arguments must be a JSON object')
    return _named_call(name, arguments)


class TagSplitter:
    """Take the tagged calls out of a stream of pieces; what is left are words."""

    def __init__(self) -> None:
        self._held = ''
        self._inside = False

    def feed(self, piece: str) -> tuple[str, list[StructuredCall]]:
        """Return the words that are certain now, and the calls that are complete."""
        self._held += piece
        words, calls = '', []
        while True:
            at = self._held.find(CLOSE if self._inside else OPEN)
            if at < 0:
                break
            if self._inside:
                calls.append(tagged_call(self._held[:at]))
                self._held = self._held[at + len(CLOSE) :]
            else:
                words += self._held[:at]
                self._held = self._held[at + len(OPEN) :]
            self._inside = not self._inside
        if self._inside:
            self._forget_what_is_too_long()
            return words, calls
        keep = _length_of_begun_tag(self._held)
        cut = len(self._held) - keep
        words, self._held = words + self._held[:cut], self._held[cut:]
        return words, calls

    def _forget_what_is_too_long(self) -> None:
        if len(self._held) > 2 * MAX_JSON_CHARS:
            self._held = self._held[-MAX_JSON_CHARS - len(CLOSE) :]  # still too long to be a call

    def end(self) -> tuple[str, list[StructuredCall]]:
        """Say that no more comes: a tag that is open is no call."""
        held, inside = self._held, self._inside
        self._held, self._inside = '', False
        if inside:
            return '', [StructuredCall(problem='tool_call: the tag was not closed')]
        return held, []


def _named_call(name: str, arguments: dict[str, Any]) -> StructuredCall:
    if len(name) > MAX_NAME_CHARS:
        problem = f'a name of {len(name)} characters: no tool has one of over {MAX_NAME_CHARS}'
        return StructuredCall(short_name(name), {}, problem)
    if any(isinstance(value, dict | list) for value in arguments.values()):
        # no parameter is one, and what is nested deep enough no log and no message could take
        return StructuredCall(name, {}, 'arguments are nested: expected one plain value a name')
    return StructuredCall(name, arguments)


def _length_of_begun_tag(text: str) -> int:
    return next((n for n in range(len(OPEN) - 1, 0, -1) if text.endswith(OPEN[:n])), 0)

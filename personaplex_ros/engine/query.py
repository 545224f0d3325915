# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""The query of /api/chat: what a caller asks for, checked before a session is spent on it."""

from collections.abc import Mapping
from dataclasses import dataclass
import math
import re
from typing import Any

from personaplex_ros.wire.limits import check_text_prompt
from personaplex_ros.wire.limits import check_voice_name
from personaplex_ros.wire.limits import LimitError
from personaplex_ros.wire.limits import MAX_TEXT_PROMPT_CHARS
from personaplex_ros.wire.messages import PROTOCOL_VERSION

NO_SEED = -1
"""What NVIDIA's client means by no seed (personaplex 3428dfd, server.py)."""

_INTEGER = re.compile(r'-?[0-9]{1,18}')
_NUMBER = re.compile(r'[-+]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][-+]?[0-9]+)?')

_NUMBERS = {'audio_temperature': 'audio_temperature', 'text_temperature': 'text_temperature'}
_INTEGERS = {'audio_topk': 'audio_top_k', 'text_topk': 'text_top_k'}


class Refusal(Exception):
    """A request that the engine does not take.

    code: one of the wire's fault codes. The text says what to do.
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True)
class ChatQuery:
    """A caller's wishes."""

    voice: str
    """Bare name; whether it exists is the model's to say."""
    text: str
    sampling: Mapping[str, Any]
    """The fields of model.sampling.Sampling that the caller set."""
    protocol: int | None
    """PROTOCOL_VERSION, or None for upstream's form."""


def protocol_of(query: Mapping[str, str]) -> int | None:
    """Return PROTOCOL_VERSION when the caller asked for it, else None: upstream's form."""
    return PROTOCOL_VERSION if query.get('protocol') == str(PROTOCOL_VERSION) else None


def parse_query(query: Mapping[str, str]) -> ChatQuery:
    """Check a query; keys that only NVIDIA's client knows are ignored. Raises Refusal."""
    if 'protocol' in query and protocol_of(query) is None:
        raise _bad('protocol', query['protocol'], f'{PROTOCOL_VERSION}, or leave it out')
    sampling: dict[str, float | int] = {}
    for name, field in _NUMBERS.items():
        if name in query:
            sampling[field] = _number(name, query[name])
    for name, field in _INTEGERS.items():
        if name in query:
            sampling[field] = _top_k(name, query[name])
    seed = _seed(query)
    if seed is not None:
        sampling['seed'] = seed
    if not query.get('voice_prompt'):
        raise Refusal('bad_query', 'voice_prompt is missing; /api/info lists the voices')
    voice, text = check_voice(query['voice_prompt']), check_text(query.get('text_prompt', ''))
    return ChatQuery(voice, text, sampling, protocol_of(query))


def check_voice(voice_prompt: str) -> str:
    """Return the voice's bare name. Raises Refusal."""
    try:
        return check_voice_name(voice_prompt)
    except LimitError as error:
        raise Refusal('unknown_voice', str(error)) from None


def check_text(text_prompt: str) -> str:
    """Return the text of a persona. Raises Refusal."""
    try:
        return check_text_prompt(text_prompt)
    except LimitError as error:
        too_long = len(text_prompt) > MAX_TEXT_PROMPT_CHARS
        raise Refusal('prompt_too_long' if too_long else 'bad_query', str(error)) from None


def _seed(query: Mapping[str, str]) -> int | None:
    if 'seed' not in query:
        return None
    seed = _integer('seed', query['seed'])
    if seed < NO_SEED:
        raise _bad('seed', query['seed'], f'a whole number from 0, or {NO_SEED} for none')
    return None if seed == NO_SEED else seed


def _top_k(name: str, value: str) -> int:
    top_k = _integer(name, value)
    if top_k < 1:
        raise _bad(name, value, 'a whole number from 1')
    return top_k


def _integer(name: str, value: str) -> int:
    if not _INTEGER.fullmatch(value):
        raise _bad(name, value, 'a whole number')
    return int(value)


def _number(name: str, value: str) -> float:
    if not _NUMBER.fullmatch(value) or not math.isfinite(float(value)):
        raise _bad(name, value, 'a finite number')
    return float(value)


def _bad(name: str, value: str, expected: str) -> Refusal:
    return Refusal('bad_query', f'{name}={value[:40]!r} is refused; expected {expected}')

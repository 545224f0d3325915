# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""Bounds that both ends of /api/chat keep: a refusal can be known before anything is sent."""

import re

INPUT_QUEUE_FRAMES = 3
"""Complete input frames that may wait for the model; beyond it the engine drops to live."""

OUTPUT_QUEUE_FRAMES = 12
"""Answered frames that may wait for a slow reader."""

MAX_MESSAGE_BYTES = 1 << 20
"""One WebSocket message; 20 s of PCM and far more than any JSON of ours."""

MAX_TEXT_PROMPT_CHARS = 4_000
"""About 1 000 tokens, a third of PersonaPlex's 3 000 positions; NVIDIA's page stops at 1 000."""

VOICE_SUFFIXES = ('.pt', '.wav', '.safetensors')

_VOICE = re.compile(r'[A-Za-z0-9][A-Za-z0-9_-]{0,63}')


class LimitError(ValueError):
    """A value beyond what the engine takes; the text names the limit."""


def check_voice_name(name: str) -> str:
    """Return the voice's bare name, with the suffix of a voice file taken off.

    Raises LimitError for anything that could be a path or is no plain name.
    """
    stem = name
    for suffix in VOICE_SUFFIXES:
        if name.endswith(suffix):
            stem = name[: -len(suffix)]
            break
    if not _VOICE.fullmatch(stem):
        raise LimitError(
            f'voice {name[:80]!r} is no voice name; expected letters, digits, - and _: NATF2'
        )
    return stem


def check_text_prompt(text: str) -> str:
    """Return the text prompt; raises LimitError when it is too long or cannot travel."""
    if len(text) > MAX_TEXT_PROMPT_CHARS:
        raise LimitError(
            f'the text prompt has {len(text)} characters; '
            f'at most {MAX_TEXT_PROMPT_CHARS} fit: shorten it'
        )
    if '\x00' in text:
        raise LimitError('the text prompt holds a NUL character; remove it')
    if not is_unicode(text):
        raise LimitError('the text prompt holds half a character (a lone surrogate); remove it')
    return text


def is_unicode(text: str) -> bool:
    """Whether text can travel: a lone surrogate, as JSON and YAML can make one, cannot."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True

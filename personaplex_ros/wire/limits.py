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

MAX_SAY_CHARS = 1_000
"""About 250 tokens: a minute of speech, which nobody should have to listen to at one go."""

MAX_SAYS = 4
"""Texts of one session that may wait to be spoken, the running one included."""

MAX_SESSIONS = 64
"""Conversations with one engine at a time; far fewer fit into a frame's 80 ms."""

MAX_CONTEXT_FACTS = 12
"""Facts that a persona knows beside its own text; more of them are a story, not news."""

MAX_FACT_CHARS = 400
"""Three long sentences."""

MAX_CONTEXT_CHARS = 2_000
"""All facts together: about 500 tokens, a sixth of PersonaPlex's 3 000 positions."""

MAX_HOLD_TEXT_MS = 60_000
"""Longest hold_text; whoever thinks longer asks again."""

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
    return _checked_characters('the text prompt', text)


def check_say_text(text: str) -> str:
    """Return the text to say without the space around it.

    Raises LimitError when it is empty or too long, or cannot travel.
    """
    bare = text.strip()
    if not bare:
        raise LimitError('the text to say is empty; give at least one word')
    if len(bare) > MAX_SAY_CHARS:
        raise LimitError(
            f'the text to say has {len(bare)} characters; '
            f'at most {MAX_SAY_CHARS} fit: say it in parts'
        )
    return _checked_characters('the text to say', bare)


def check_context(text: str) -> tuple[str, ...]:
    """Return the facts of a text, one from each line that holds words.

    Raises LimitError for too many of them, too long ones, or what cannot travel.
    """
    lines = _checked_characters('the context', text).splitlines()
    facts = tuple(fact for line in lines if (fact := line.strip()))
    for what, size, most in (
        ('facts', len(facts), MAX_CONTEXT_FACTS),
        ('characters in one fact', max(map(len, facts), default=0), MAX_FACT_CHARS),
        ('characters', sum(map(len, facts)), MAX_CONTEXT_CHARS),
    ):
        if size > most:
            raise LimitError(f'the context has {size} {what}; at most {most} fit: shorten it')
    return facts


def check_hold_ms(max_ms: int) -> int:
    """Return how long the text is held, in ms; raises LimitError beyond the limit."""
    if not 0 < max_ms <= MAX_HOLD_TEXT_MS:
        raise LimitError(f'hold_text for {max_ms} ms; expected 1 to {MAX_HOLD_TEXT_MS}')
    return max_ms


def _checked_characters(what: str, text: str) -> str:
    if '\x00' in text:
        raise LimitError(f'{what} holds a NUL character; remove it')
    if not is_unicode(text):
        raise LimitError(f'{what} holds half a character (a lone surrogate); remove it')
    return text


def is_unicode(text: str) -> bool:
    """Whether text can travel: a lone surrogate, as JSON and YAML can make one, cannot."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True

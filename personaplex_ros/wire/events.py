# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""The JSON messages of protocol=1: a frozen dataclass a type, unknown fields ignored.

A caller that asks one thing at a time needs no ids: what has none is of id 0, and its answers too.
Several of one id are told apart by their order.
"""

import dataclasses
from dataclasses import dataclass
import json
import typing

from personaplex_ros.wire.context import Context
from personaplex_ros.wire.limits import is_unicode
from personaplex_ros.wire.messages import Kind
from personaplex_ros.wire.messages import pack
from personaplex_ros.wire.messages import WireError
from personaplex_ros.wire.say import CancelSay
from personaplex_ros.wire.say import HoldText
from personaplex_ros.wire.say import ReleaseText
from personaplex_ros.wire.say import Say
from personaplex_ros.wire.say import SayDone
from personaplex_ros.wire.say import SayWord
from personaplex_ros.wire.say import TextReleased


@dataclass(frozen=True)
class SessionStarted:
    """Engine: the persona is in place; READY follows and audio may be sent."""

    type: typing.ClassVar[str] = 'session'
    session: str
    model: str
    voice: str
    prompt_positions: int
    prompt_ms: float
    protocol: int = 1


@dataclass(frozen=True)
class FrameReport:
    """Engine: what the next 0x01 message is, and what it cost."""

    type: typing.ClassVar[str] = 'frame'
    frame: int
    """Output frame, from 0."""
    input_frame: int
    """Input frame that it answers, from 0, counting dropped ones."""
    text_id: int
    model_ms: float
    """Encode, step and decode."""
    wait_ms: float = 0.0
    """How long the complete input frame waited before the model took it."""
    dropped: int = 0
    """Input frames the engine dropped so far."""
    dropped_out: int = 0
    """Output frames dropped so far because the reader was slow."""
    held: bool = False
    """An interrupt holds the agent silent in this frame."""


@dataclass(frozen=True)
class Interrupted:
    """Engine: output frame `frame` is the first silent one."""

    type: typing.ClassVar[str] = 'interrupted'
    id: int
    frame: int


@dataclass(frozen=True)
class Released:
    """Engine: the agent may speak again from output frame `frame`."""

    type: typing.ClassVar[str] = 'released'
    frame: int
    reason: str
    """timeout, user_speech, say or persona."""


@dataclass(frozen=True)
class PersonaChanged:
    """Engine: the new persona speaks from output frame `frame`."""

    type: typing.ClassVar[str] = 'persona'
    id: int
    voice: str
    prompt_positions: int
    prompt_ms: float
    frame: int
    facts: int = 0
    """Facts of the caller's context that are in its prompt."""


@dataclass(frozen=True)
class Rebuilt:
    """Engine: the state was made anew as persona and recent memory.

    Before the window ran out, or for the sake of a context.
    """

    type: typing.ClassVar[str] = 'rebuilt'
    frame: int
    """The first output frame of the new state."""
    positions: int
    """Prompt and memory together."""
    prompt_positions: int
    ms: float
    """All of it, most of it beside the running state: no frame waits that long."""
    facts: int = 0
    """Facts of the caller's context that are in the prompt."""


@dataclass(frozen=True)
class Interrupt:
    """Caller: be silent from the next frame on."""

    type: typing.ClassVar[str] = 'interrupt'
    id: int


@dataclass(frozen=True)
class SetPersona:
    """Caller: become another persona between two frames.

    What is left out stays as it is in the persona that speaks now; one of the two must be there.
    """

    type: typing.ClassVar[str] = 'set_persona'
    id: int
    text_prompt: str | None = None
    voice_prompt: str | None = None
    keep_memory: bool = False
    """The new persona remembers the last seconds of the conversation."""


@dataclass(frozen=True)
class Fault:
    """Engine, kind 0x05: what went wrong; fatal ones are followed by close."""

    type: typing.ClassVar[str] = 'error'
    code: str
    """What a program acts on.

    Of a connection: busy, warming, bad_query, unknown_voice, prompt_too_long, model_failed.
    Of a request, with its id: unknown_voice, prompt_too_long, bad_query (a persona, a hold_text),
    replaced (another persona was asked for since), bad_say (a text that cannot be spoken),
    bad_context, busy (too much waits), unsupported (this engine does not know it).
    Of any other message: bad_message.
    """
    message: str
    fatal: bool = True
    id: int | None = None


MAX_NUMBER = 2**31 - 1
"""Largest number in a message: five years of frames, and what an int32 of ROS holds."""

MAX_FAULT_CHARS = 500
"""A sentence and a half; what is longer, or of several lines, would drown a log."""

SessionEvent = (
    FrameReport
    | Interrupted
    | Released
    | PersonaChanged
    | Rebuilt
    | SayWord
    | SayDone
    | TextReleased
)
"""What an engine may tell once a session runs."""

EngineEvent = SessionStarted | SessionEvent
CallerEvent = Interrupt | SetPersona | Context | Say | CancelSay | HoldText | ReleaseText

ENGINE_EVENTS: tuple[typing.Any, ...] = typing.get_args(EngineEvent)
SESSION_EVENTS: tuple[typing.Any, ...] = typing.get_args(SessionEvent)
CALLER_EVENTS: tuple[typing.Any, ...] = typing.get_args(CallerEvent)


def encode(event: EngineEvent | CallerEvent | Fault) -> bytes:
    """Return the WebSocket message of an event."""
    body = {k: v for k, v in vars(event).items() if v is not None}
    if isinstance(event, Fault):
        return pack(Kind.ERROR, _dumps(body))
    return pack(Kind.JSON, _dumps({'type': event.type, **body}))


def decode(payload: bytes, expected: tuple[typing.Any, ...]) -> typing.Any:
    """Return the event in a 0x04 payload, one of the expected classes.

    Raises WireError for bad JSON, an unknown type, a missing field or one of the wrong type.
    """
    data = _loads(payload)
    name = data.get('type')
    for cls in expected:
        if cls.type == name:
            return _build(cls, data)
    known = ', '.join(cls.type for cls in expected)
    raise WireError(f'unknown message type {str(name)[:40]!r}; expected one of {known}')


def decode_fault(payload: bytes) -> Fault:
    """Return the fault in a 0x05 payload; upstream's plain sentence becomes one too.

    Its words go into logs and to people, so they are one line of MAX_FAULT_CHARS at most.
    """
    try:
        fault = _build(Fault, _loads(payload))
    except WireError:
        fault = Fault(code='error', message=payload.decode('utf-8', 'replace'))
    return dataclasses.replace(fault, code=_line(fault.code), message=_line(fault.message))


def _line(text: str) -> str:
    line = text[:MAX_FAULT_CHARS]
    if not line.isprintable():
        line = ''.join(c if c.isprintable() else ' ' for c in line)
    return ' '.join(line.split()) or 'no reason given'


def _dumps(body: dict) -> bytes:
    return json.dumps(body, separators=(',', ':'), ensure_ascii=False).encode()


def _loads(payload: bytes) -> dict:
    try:
        data = json.loads(payload)
    except (ValueError, RecursionError) as error:
        raise WireError(f'message is not JSON ({str(error)[:80]})') from None
    if not isinstance(data, dict):
        raise WireError(f'message is a JSON {type(data).__name__}; expected an object')
    return data


def _build(cls: typing.Any, data: dict) -> typing.Any:
    values = {}
    for field in dataclasses.fields(cls):
        if field.name in data:
            values[field.name] = _checked(cls, field, data[field.name])
        elif field.name == 'id' and cls in CALLER_EVENTS:
            values['id'] = 0  # who asks for one thing at a time need not count
        elif field.default is dataclasses.MISSING:
            raise WireError(f'{cls.type} lacks its field {field.name!r}')
    return cls(**values)


def _checked(cls: typing.Any, field: dataclasses.Field, value: typing.Any) -> typing.Any:
    wanted = field.type
    if wanted is float and type(value) is int:
        value = float(min(value, MAX_NUMBER + 1))
    if type(value) not in (typing.get_args(wanted) or (wanted,)):
        raise WireError(
            f'{cls.type}.{field.name} is {type(value).__name__}; expected {_type_name(wanted)}'
        )
    if isinstance(value, str):
        if not is_unicode(value):
            raise WireError(f'{cls.type}.{field.name} is no valid Unicode text')
    elif value is not None and not 0 <= value <= MAX_NUMBER:
        raise WireError(
            f'{cls.type}.{field.name} is {str(value)[:40]}; '
            f'expected a finite number, 0 to {MAX_NUMBER}'
        )
    return value


def _type_name(wanted: typing.Any) -> str:
    return ' or '.join(t.__name__ for t in typing.get_args(wanted) or (wanted,))

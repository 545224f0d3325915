# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""A stand-in for `personaplex-engine serve`: protocol=1 on a real socket, no model, all faults."""

import contextlib
from dataclasses import dataclass
from dataclasses import field
import ssl

from aiohttp import web
from aiohttp import WSMsgType
import numpy as np

from fakes.host import Host
from personaplex_ros.audio.format import SAMPLES_PER_FRAME
from personaplex_ros.wire import events
from personaplex_ros.wire.messages import Kind
from personaplex_ros.wire.messages import pack
from personaplex_ros.wire.messages import unpack

TONE = np.tile(np.array([6000, -6000], np.int16), SAMPLES_PER_FRAME // 2)
SILENT = np.zeros(SAMPLES_PER_FRAME, np.int16)

MAX_REQUEST_LINE_BYTES = 1 << 16
"""As the engine: 4 000 characters of prompt, percent-encoded."""


@dataclass
class Behaviour:
    """What the stand-in does; tests change it while it runs."""

    voices: tuple[str, ...] = ('NATF2', 'NATM1', 'VARM1')
    refuse: events.Fault | None = None
    """Answer every connection with this fault."""
    skip_inputs: set[int] = field(default_factory=set)
    """Input frames dropped without an answer, as an engine that is late does."""
    pieces: dict[int, str] = field(default_factory=dict)
    """Output frame -> text piece."""
    raw_reply: bytes | str | tuple[bytes, ...] | None = None
    """Send this instead of a proper answer to a frame: str as a text message, several in turn."""
    raw_welcome: bytes | str | None = None
    """Send this instead of session and ready."""
    info: object = None
    """Answer /api/info with this JSON instead of the voices."""
    comply: bool = True
    """False: leave interrupts and persona changes without an answer."""
    answer: bool = True
    """False: take frames and keep silent, as a stalled engine does."""
    echo: bool = False
    """Speak what was heard instead of a tone."""
    silent_from: int | None = None
    """Output frame with which the tone ends."""
    knows_say: bool = True
    """False: refuse texts to say, as an engine of before does."""


class FakeEngine(Host):
    """Runs in a thread of its own; use it as a context manager.

    It notes what callers did: `prompts` (text, voice), `memories` (kept or not, for each change
    of persona), `contexts`, `says`, `holds` (that last), `heard` frames, `interrupts` obeyed,
    `requests` of any kind. A text to say goes out one word a frame.
    """

    def __init__(
        self,
        behaviour: Behaviour | None = None,
        port: int = 0,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        super().__init__(port, tls)
        self.behaviour = behaviour or Behaviour()
        self.prompts: list[tuple[str, str]] = []
        self.memories: list[bool] = []
        self.says: list[events.Say] = []
        self.holds: list[int] = []
        self.contexts: list[events.Context] = []
        self.heard = 0
        self.interrupts = 0
        self.requests = 0

    def make_app(self) -> web.Application:
        """Serve /api/chat and /api/info."""
        app = web.Application()
        app.router.add_get('/api/chat', self._chat)
        app.router.add_get('/api/info', self._info)
        return app

    def runner_options(self) -> dict[str, object]:
        """Take requests as long as the engine takes."""
        return {'max_line_size': MAX_REQUEST_LINE_BYTES}

    async def _info(self, request: web.Request) -> web.Response:
        info = self.behaviour.info
        return web.json_response({'voices': self.behaviour.voices} if info is None else info)

    async def _chat(self, request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        if self.behaviour.refuse is not None:
            await socket.send_bytes(events.encode(self.behaviour.refuse))
            await socket.close()
            return socket
        self._sockets.add(socket)
        try:
            await self._talk(socket, request.query['text_prompt'], request.query['voice_prompt'])
        finally:
            self._sockets.discard(socket)
        return socket

    async def _talk(self, socket: web.WebSocketResponse, text: str, voice: str) -> None:
        if voice not in self.behaviour.voices:
            fault = events.Fault('unknown_voice', f'voice {voice!r} is not here')
            await socket.send_bytes(events.encode(fault))
            return
        self.prompts.append((text, voice))
        if self.behaviour.raw_welcome is not None:
            await _send_raw(socket, self.behaviour.raw_welcome)
            return
        started = events.SessionStarted('s1', 'fake', voice, prompt_positions=7, prompt_ms=1.0)
        await socket.send_bytes(events.encode(started))
        await socket.send_bytes(pack(Kind.READY))
        session = _Session()
        with contextlib.suppress(ConnectionResetError):
            async for message in socket:
                if message.type is WSMsgType.BINARY:
                    await self._take(socket, session, *unpack(message.data))

    async def _take(
        self, socket: web.WebSocketResponse, session: '_Session', kind: Kind, payload: bytes
    ) -> None:
        if kind is Kind.AUDIO:
            await self._answer(socket, session, np.frombuffer(payload, '<i2'))
        elif kind is Kind.JSON:
            request = events.decode(payload, events.CALLER_EVENTS)
            self.requests += 1
            if self.behaviour.comply:
                for event in self._comply(session, request):
                    await socket.send_bytes(events.encode(event))

    async def _answer(
        self, socket: web.WebSocketResponse, session: '_Session', pcm: np.ndarray
    ) -> None:
        self.heard += 1
        number, session.next_in = session.next_in, session.next_in + 1
        behaviour = self.behaviour
        if not behaviour.answer or number in behaviour.skip_inputs:
            return
        if behaviour.raw_reply is not None:
            await _send_raw(socket, behaviour.raw_reply)
            return
        frame, session.next_out = session.next_out, session.next_out + 1
        piece = '' if session.held else behaviour.pieces.get(frame, '')
        report = events.FrameReport(frame, number, 10 if piece else 3, model_ms=1.0)
        await socket.send_bytes(events.encode(report))
        if piece:
            await socket.send_bytes(pack(Kind.TEXT, piece.encode()))
        speech = pcm if behaviour.echo else TONE
        if session.held or (behaviour.silent_from is not None and frame >= behaviour.silent_from):
            speech = SILENT
        await socket.send_bytes(pack(Kind.AUDIO, speech.tobytes()))
        for event in session.say_a_word(frame):
            await socket.send_bytes(events.encode(event))

    def _comply(self, session: '_Session', request: events.CallerEvent) -> list:
        if isinstance(request, events.SetPersona):
            return self._change(session, request)
        if isinstance(request, events.Context):
            self.contexts.append(request)
            return []
        if isinstance(request, events.Say):
            return self._say(session, request)
        if isinstance(request, events.HoldText):
            self.holds.append(request.id)
            return []
        if isinstance(request, events.ReleaseText):
            self.holds.remove(request.id)
            return [events.TextReleased(request.id, session.next_out, 'request')]
        if isinstance(request, events.CancelSay):
            return session.end_says('cancelled', request.id)
        if isinstance(request, events.Interrupt):
            self.interrupts += 1
            session.held = True
            silent = events.Interrupted(request.id, session.next_out)
            return [silent, *session.end_says('interrupt')]
        return []

    def _say(self, session: '_Session', request: events.Say) -> list:
        if not self.behaviour.knows_say:
            message = 'say is not served by this engine'
            return [events.Fault('unsupported', message, fatal=False, id=request.id)]
        self.says.append(request)
        ended = session.end_says('interrupt') if request.interrupt_first else []
        session.held = False
        session.says[request.id] = (request.text.split(), [])
        return ended

    def _change(self, session: '_Session', request: events.SetPersona) -> list:
        if request.voice_prompt not in self.behaviour.voices:
            message = f'voice {request.voice_prompt!r} is not here'
            return [events.Fault('unknown_voice', message, fatal=False, id=request.id)]
        self.prompts.append((request.text_prompt, request.voice_prompt))
        self.memories.append(request.keep_memory)
        session.held = False
        return [
            *session.end_says('persona'),
            events.PersonaChanged(
                request.id, request.voice_prompt, 7, 1.0, frame=session.next_out
            ),
        ]


async def _send_raw(socket: web.WebSocketResponse, raw: bytes | str | tuple[bytes, ...]) -> None:
    for message in raw if isinstance(raw, tuple) else (raw,):
        send = socket.send_str if isinstance(message, str) else socket.send_bytes
        await send(message)


class _Session:
    """One connection's counters."""

    def __init__(self) -> None:
        self.next_in = 0
        self.next_out = 0
        self.held = False
        self.says: dict[int, tuple[list[str], list[str]]] = {}
        """Id -> words to come, words that went out."""

    def say_a_word(self, frame: int) -> list:
        """Begin the next word in this frame; without one the text is over."""
        for say_id, (coming, spoken) in self.says.items():
            if not coming:
                return self.end_says('finished', say_id)
            spoken.append(coming.pop(0))
            return [events.SayWord(say_id, spoken[-1], frame)]
        return []

    def end_says(self, reason: str, say_id: int | None = None) -> list:
        """End one text, or all of them."""
        ids = [i for i in self.says if say_id in (None, i)]
        return [
            events.SayDone(i, ' '.join(self.says.pop(i)[1]), reason, self.next_out) for i in ids
        ]

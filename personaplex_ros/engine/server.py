# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""The engine on HTTP: /health, /api/info, /metrics and the WebSocket /api/chat."""

import asyncio
import logging
import socket
import ssl

from aiohttp import web
from aiohttp import WSCloseCode

from personaplex_ros.audio.format import SAMPLE_RATE_HZ
from personaplex_ros.audio.format import SAMPLES_PER_FRAME
from personaplex_ros.audio.ogg_opus import OpusMissing
from personaplex_ros.engine import VERSION
from personaplex_ros.engine.access import guard
from personaplex_ros.engine.chat import Chat
from personaplex_ros.engine.chat import CLOSE_TIMEOUT_S
from personaplex_ros.engine.door import Door
from personaplex_ros.engine.door import HANDSHAKE_S
from personaplex_ros.engine.door import KEEPALIVE_S
from personaplex_ros.engine.door import quiet_logger
from personaplex_ros.engine.forms import OpusForm
from personaplex_ros.engine.forms import PcmForm
from personaplex_ros.engine.ledger import Ledger
from personaplex_ros.engine.listener import BACKLOG
from personaplex_ros.engine.metrics import CONTENT_TYPE
from personaplex_ros.engine.metrics import Metrics
from personaplex_ros.engine.query import parse_query
from personaplex_ros.engine.query import protocol_of
from personaplex_ros.engine.query import Refusal
from personaplex_ros.engine.settings import ServeSettings
from personaplex_ros.engine.slots import SessionSlots
from personaplex_ros.engine.worker import ModelWorker
from personaplex_ros.engine.worker import Status
from personaplex_ros.wire import limits
from personaplex_ros.wire.events import Fault
from personaplex_ros.wire.messages import PROTOCOL_VERSION

MAX_REQUEST_LINE_BYTES = 1 << 20
"""A prompt that is far too long still gets its answer, not aiohttp's bare 400."""

logger = logging.getLogger(__name__)


class EngineServer:
    """Handlers around one model and one ledger."""

    def __init__(self, settings: ServeSettings, worker: ModelWorker, ledger: Ledger) -> None:
        self._settings = settings
        self._worker = worker
        self._ledger = ledger
        self._slots = SessionSlots(settings.sessions)
        self._door = Door()
        self._site: asyncio.Server | None = None
        self._metrics = Metrics(ledger, worker, self._sessions)

    async def open(
        self, listening: socket.socket, tls: ssl.SSLContext | None = None
    ) -> web.AppRunner:
        """Take callers until the runner's cleanup(). Nothing logs requests: they hold tokens."""
        runner = self._runner()
        await runner.setup()
        assert runner.server is not None
        self._site = await asyncio.get_running_loop().create_server(
            self._door.protocols(runner.server),
            sock=listening,
            ssl=tls,
            ssl_handshake_timeout=HANDSHAKE_S if tls else None,
            backlog=BACKLOG,
        )
        return runner

    def _runner(self) -> web.AppRunner:
        middlewares = [self._door.middleware(), guard(self._settings.token)]
        app = web.Application(middlewares=middlewares)
        app.router.add_get('/health', self._health)
        app.router.add_get('/api/info', self._info)
        app.router.add_get('/metrics', self._metrics_page)
        app.router.add_get('/api/chat', self._chat)
        app.on_shutdown.append(self._say_goodbye)
        return web.AppRunner(
            app,
            access_log=None,
            logger=quiet_logger(),
            keepalive_timeout=KEEPALIVE_S,
            max_line_size=MAX_REQUEST_LINE_BYTES,
        )

    async def _health(self, request: web.Request) -> web.Response:
        status = self._worker.status
        if status is Status.FAILED:
            detail = f'{type(self._worker.error).__name__}: {self._worker.error}'
            return web.json_response({'status': status.value, 'detail': detail}, status=503)
        return web.json_response({'status': status.value})

    async def _metrics_page(self, request: web.Request) -> web.Response:
        return web.Response(body=self._metrics.render(), headers={'Content-Type': CONTENT_TYPE})

    def _sessions(self) -> tuple[int, int]:
        return len(self._slots.holders), self._slots.most

    async def _info(self, request: web.Request) -> web.Response:
        active, most = self._sessions()
        model = self._worker.model
        return web.json_response(
            {
                'name': 'personaplex-engine',
                'version': VERSION,
                'protocol': PROTOCOL_VERSION,
                'status': self._worker.status.value,
                'model': model.name if model else self._settings.model,
                'voices': list(model.voices) if model else [],
                'device': model.device if model else self._settings.device,
                'dtype': model.dtype if model else '',
                'sample_rate_hz': SAMPLE_RATE_HZ,
                'frame_samples': SAMPLES_PER_FRAME,
                'persona_cache': model.persona_cache.report() if model else {},
                'sessions': {'active': active, 'max': most},
                'frames': self._ledger.frames(),
                **self._ledger.durations(),
                'limits': {
                    'input_queue_frames': limits.INPUT_QUEUE_FRAMES,
                    'output_queue_frames': limits.OUTPUT_QUEUE_FRAMES,
                    'max_message_bytes': limits.MAX_MESSAGE_BYTES,
                    'max_text_prompt_chars': limits.MAX_TEXT_PROMPT_CHARS,
                    'hold_ms': self._settings.hold_ms,
                },
            }
        )

    async def _chat(self, request: web.Request) -> web.StreamResponse:
        peer = web.WebSocketResponse(
            compress=False,
            heartbeat=self._settings.heartbeat_s,
            max_msg_size=limits.MAX_MESSAGE_BYTES,
            timeout=CLOSE_TIMEOUT_S,
        )
        if not peer.can_prepare(request).ok:
            return web.json_response(
                {'error': '/api/chat is a WebSocket; upgrade the connection'},
                status=426,
                headers={'Connection': 'Upgrade', 'Upgrade': 'websocket'},
            )
        try:
            form = PcmForm() if protocol_of(request.query) else OpusForm()
        except OpusMissing as error:
            return web.json_response({'error': f'{error}; or ask with protocol=1'}, status=501)
        await peer.prepare(request)
        chat = Chat(request, peer, form, self._ledger, self._worker)
        try:
            query = parse_query(request.query)
            await self._slots.take(chat)
        except Refusal as refusal:
            logger.info('%s is refused: %s', request.remote, refusal)
            await chat.refuse(Fault(refusal.code, str(refusal)))
            return peer
        logger.info('%s talks with voice %s', request.remote, query.voice)
        try:
            await chat.converse(query, self._settings.warming_wait_s)
        finally:
            await self._slots.give_back(chat)
            logger.info('%s is gone (close code %s)', request.remote, chat.close_code)
        return peer

    async def _say_goodbye(self, app: web.Application) -> None:
        if self._site is not None:
            self._site.close()
        await self._slots.close()
        for chat in self._slots.holders:
            chat.stop(WSCloseCode.GOING_AWAY)

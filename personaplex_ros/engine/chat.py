# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""One caller on /api/chat, from the upgrade to the close."""

import asyncio
from collections.abc import Callable
from functools import partial
from itertools import count
import logging
import socket
import time

from aiohttp import web
from aiohttp import WSCloseCode
from aiohttp import WSMsgType

from personaplex_ros.engine.dispatch import Dispatcher
from personaplex_ros.engine.forms import Form
from personaplex_ros.engine.inbox import Inbox
from personaplex_ros.engine.ledger import Ledger
from personaplex_ros.engine.order import Order
from personaplex_ros.engine.outbox import Answer
from personaplex_ros.engine.outbox import Outbox
from personaplex_ros.engine.outbox import Outgoing
from personaplex_ros.engine.query import ChatQuery
from personaplex_ros.engine.worker import ModelWorker
from personaplex_ros.engine.worker import Status
from personaplex_ros.wire.events import Fault

KERNEL_BUFFER_BYTES = 1 << 15
"""SO_SNDBUF: about eight frames, so that a slow reader shows in our queue, not in TCP's."""

ASYNCIO_BUFFER_BYTES = 1 << 13
"""Two frames may wait in user space before the sender waits too."""

MESSAGES_AT_A_TIME = 16
"""What lies ready is taken in portions, so that a flood keeps nobody else waiting."""

CLOSE_TIMEOUT_S = 1.0
"""For last words and the closing handshake; a peer that takes longer is cut off."""

_CLOSE_CODES = {
    'busy': WSCloseCode.TRY_AGAIN_LATER,
    'warming': WSCloseCode.TRY_AGAIN_LATER,
    'model_failed': WSCloseCode.INTERNAL_ERROR,
}

_MODEL_FAILED = Fault('model_failed', 'the model does not work; see /health')

_OVER = (WSMsgType.CLOSE, WSMsgType.CLOSING, WSMsgType.CLOSED, WSMsgType.ERROR)


logger = logging.getLogger(__name__)


class Chat:
    """Receives and sends for one caller; the model's thread does the talking."""

    def __init__(
        self,
        request: web.Request,
        peer: web.WebSocketResponse,
        form: Form,
        ledger: Ledger,
        worker: ModelWorker,
    ) -> None:
        self._request = request
        self._peer = peer
        self._form = form
        self._ledger = ledger
        self._worker = worker
        self._inbox = Inbox(ledger, worker.wake)
        self._outbox = Outbox(ledger)
        self._dispatcher = Dispatcher(form, self._inbox, self._outbox)
        self._close_code: int = WSCloseCode.OK
        self._stopping = asyncio.Event()
        self._with_model = False
        self._model_done = asyncio.Event()

    @property
    def leaving(self) -> bool:
        """Whether the conversation has ended and the model will be free soon."""
        return self._inbox.closed

    @property
    def close_code(self) -> int | None:
        """How the connection ended, WebSocket's code; None while it lasts."""
        return self._peer.close_code

    def stop(self, code: int) -> None:
        """End the conversation with this close code."""
        self._close_code = code
        self._stopping.set()

    async def refuse(self, fault: Fault) -> None:
        """Say why and close."""
        self._outbox.put(fault)
        await _at_most(CLOSE_TIMEOUT_S, asyncio.create_task(self._send()))
        await self._close()

    async def converse(self, query: ChatQuery, warming_wait_s: float) -> None:
        """Serve the caller until either side ends it.

        warming_wait_s: patience with a model that still loads.

        Returns when the model is free again; after stop(), and where the model's thread hangs,
        without waiting for that.
        """
        _bound_buffers(self._request)
        begin = asyncio.create_task(self._begin(query, warming_wait_s))
        send = asyncio.create_task(self._send())
        ends = [
            asyncio.create_task(wait)
            for wait in (
                self._receive(),
                self._stopping.wait(),
                self._model_done.wait(),
                self._worker.stuck.wait(),
                self._outbox.overran.wait(),
            )
        ]
        try:
            await asyncio.wait((send, *ends), return_when=asyncio.FIRST_COMPLETED)
            if self._outbox.overran.is_set():  # _send may wait for the reader for ever
                self._close_code = WSCloseCode.POLICY_VIOLATION
            if self._worker.stuck.is_set() and self._with_model:
                self._outbox.put(_MODEL_FAILED)
            if self._model_done.is_set() or self._worker.stuck.is_set():
                await _at_most(CLOSE_TIMEOUT_S, send)
        finally:
            self._inbox.close()
            for task in (begin, send, *ends):
                task.cancel()
            results = await asyncio.gather(begin, send, *ends, return_exceptions=True)
            self._report_errors(results)
            await self._close()
            if self._with_model:
                await _first(self._model_done, self._stopping, self._worker.stuck)
            self._outbox.abandon()

    async def _begin(self, query: ChatQuery, warming_wait_s: float) -> None:
        """Order the conversation once the model is loaded."""
        worker = self._worker
        try:
            await asyncio.wait_for(worker.settled.wait(), warming_wait_s)
        except asyncio.TimeoutError:
            self._outbox.put(Fault('warming', 'the model is still loading; try again later'))
            return
        if worker.status is not Status.OK:
            self._outbox.put(_MODEL_FAILED)
            return
        self._with_model = True
        from_thread = partial(_call_on, asyncio.get_running_loop())
        worker.submit(
            Order(
                query=query,
                inbox=self._inbox,
                emit=partial(from_thread, self._outbox.put),
                finished=partial(from_thread, self._model_done.set),
            )
        )

    async def _receive(self) -> None:
        """Take messages until the peer is gone."""
        for taken in count(1):
            message = await self._peer.receive()
            if message.type in _OVER:
                return
            await self._dispatcher.take(message)
            if taken % MESSAGES_AT_A_TIME == 0:
                await asyncio.sleep(0)

    async def _send(self) -> None:
        """Send messages until the last one; the only place that writes to the socket."""
        while (item := await self._outbox.get()) is not None:
            try:
                await self._send_one(item)
                await self._request.writer.drain()
            except ConnectionError:
                return
            if isinstance(item, Fault) and item.fatal:
                self._close_code = _CLOSE_CODES.get(item.code, WSCloseCode.POLICY_VIOLATION)
                return

    async def _send_one(self, item: Outgoing) -> None:
        """Send one item; an answer that does not get out whole is counted as lost."""
        is_out = False
        try:
            for message in self._form.render(item):
                await self._peer.send_bytes(message)
            is_out = True
        finally:
            if isinstance(item, Answer):
                if is_out:
                    self._note_sent(item)
                else:
                    self._ledger.dropped_out(1)

    def _note_sent(self, answer: Answer) -> None:
        total_ms = 1e3 * (time.perf_counter() - answer.arrived_s)
        self._ledger.sent(total_ms - answer.report.model_ms)

    def _report_errors(self, results: list) -> None:
        for error in results:
            if isinstance(error, Exception):
                logger.error('a conversation broke off', exc_info=error)
                self._close_code = WSCloseCode.INTERNAL_ERROR

    async def _close(self) -> None:
        closed = await _at_most(
            CLOSE_TIMEOUT_S, asyncio.create_task(self._peer.close(code=self._close_code))
        )
        if not closed and self._request.transport is not None:
            self._request.transport.abort()


async def _first(*events: asyncio.Event) -> None:
    waits = [asyncio.create_task(event.wait()) for event in events]
    await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
    for wait in waits:
        wait.cancel()


async def _at_most(seconds: float, task: asyncio.Task) -> bool:
    """Give a task this long; False when it was cut off."""
    done, _ = await asyncio.wait({task}, timeout=seconds)
    if not done:
        task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    return bool(done)


def _call_on(loop: asyncio.AbstractEventLoop, function: Callable, *args: object) -> None:
    try:
        loop.call_soon_threadsafe(function, *args)
    except RuntimeError:
        pass  # the loop has closed: nobody is left to be told


def _bound_buffers(request: web.Request) -> None:
    """Keep TCP from storing seconds of sound for a reader that does not read."""
    if request.transport is None:
        return
    request.transport.set_write_buffer_limits(high=ASYNCIO_BUFFER_BYTES)
    peer = request.transport.get_extra_info('socket')
    peer.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, KERNEL_BUFFER_BYTES)

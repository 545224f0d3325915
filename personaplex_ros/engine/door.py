# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""Who stands at the door: connections without a whole request yet, few and not for long."""

import asyncio
from collections.abc import Awaitable
from collections.abc import Callable
import logging

from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError
from aiohttp.typedefs import Handler

REQUEST_S = 10.0
"""From the connection to the whole head of its first request; aiohttp would wait for ever."""

HANDSHAKE_S = 5.0
"""For TLS. Less than REQUEST_S: when that is over, a handshake has ended well or not."""

KEEPALIVE_S = 10.0
"""From an answer to the next request; aiohttp would wait an hour."""

MAX_STRANGERS = 256
"""Connections that may be on the way to their first request; the oldest makes room."""


class Door:
    """Makes the protocols of new connections and shows those out that never ask for anything.

    Without it a thousand silent connections would take every descriptor of the process, before
    anybody has shown a token.
    """

    def __init__(self) -> None:
        self._strangers: dict[asyncio.BaseProtocol, asyncio.TimerHandle] = {}

    def protocols(self, server: web.Server) -> Callable[[], asyncio.BaseProtocol]:
        """Return a factory for loop.create_server."""

        def meet() -> asyncio.BaseProtocol:
            protocol = server()
            if len(self._strangers) >= MAX_STRANGERS:
                self._make_room()
            loop = asyncio.get_running_loop()
            self._strangers[protocol] = loop.call_later(REQUEST_S, self._show_out, protocol)
            return protocol

        return meet

    def middleware(self) -> Callable[..., Awaitable[web.StreamResponse]]:
        """Return the middleware that knows a guest by the first request."""

        @web.middleware
        async def greet(request: web.Request, handler: Handler) -> web.StreamResponse:
            timer = self._strangers.pop(request.protocol, None)
            if timer is not None:
                timer.cancel()
            return await handler(request)

        return greet

    def _make_room(self) -> None:
        """Show the oldest out; while its TLS handshake lasts it goes behind the others instead.

        Nothing can end it before: it has no transport yet. Its time goes on.
        """
        oldest = next(iter(self._strangers))
        if _transport(oldest) is None:
            self._strangers[oldest] = self._strangers.pop(oldest)
        else:
            self._show_out(oldest)

    def _show_out(self, protocol: asyncio.BaseProtocol) -> None:
        self._strangers.pop(protocol).cancel()
        transport = _transport(protocol)
        if transport is not None:
            transport.abort()


def _transport(protocol: asyncio.BaseProtocol) -> asyncio.Transport | None:
    """Return its connection; None before it is made and after it is lost."""
    return getattr(protocol, 'transport', None)


class _WithoutRequests(logging.Filter):
    """Keep what strangers sent out of the log: a malformed request may hold the token."""

    def filter(self, record: logging.LogRecord) -> bool:
        error = record.exc_info[1] if record.exc_info else None
        if isinstance(error, HttpProcessingError):
            record.msg, record.args = 'a request that is no HTTP was refused', ()
            record.exc_info = record.exc_text = None
            record.levelno, record.levelname = logging.INFO, 'INFO'
        return True


def quiet_logger() -> logging.Logger:
    """Return aiohttp's logger for the server, without the text of requests."""
    logger = logging.getLogger('personaplex_ros.engine.http')
    if not logger.filters:
        logger.addFilter(_WithoutRequests())
    return logger

# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""A web server in a thread of the test, which can die like a process does."""

import asyncio
import ssl
import threading

from aiohttp import web


class Host:
    """Serves an application on a loopback port; use it as a context manager.

    port: 0 takes a free one. tls: serve https with this.
    """

    def __init__(self, port: int = 0, tls: ssl.SSLContext | None = None) -> None:
        self.port = port
        self._tls = tls
        self._sockets: set[web.WebSocketResponse] = set()
        self._loop = asyncio.new_event_loop()
        self._stop = asyncio.Event()
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def make_app(self) -> web.Application:
        """Return what to serve; its handlers add their sockets to `_sockets`."""
        raise NotImplementedError

    @property
    def sessions(self) -> int:
        """Connections there are."""
        return len(self._sockets)

    @property
    def url(self) -> str:
        """Address for engine_url."""
        return f'{"wss" if self._tls else "ws"}://127.0.0.1:{self.port}'

    def __enter__(self):
        """Listen."""
        self._thread.start()
        self._ready.wait()
        return self

    def __exit__(self, *_: object) -> None:
        """Die, unless it is dead already."""
        if self._thread.is_alive():
            self.die()

    def die(self) -> None:
        """Cut every connection without a word and listen no more."""
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join()

    def hang_up(self) -> None:
        """Cut the connections there are; new ones are welcome."""
        self._loop.call_soon_threadsafe(self._cut)

    def _cut(self) -> None:
        for socket in self._sockets:
            if socket._req is not None and socket._req.transport is not None:
                socket._req.transport.abort()

    def _run(self) -> None:
        self._loop.run_until_complete(self._serve())
        self._loop.close()

    async def _serve(self) -> None:
        runner = web.AppRunner(self.make_app(), shutdown_timeout=0.1, **self.runner_options())
        await runner.setup()
        site = web.TCPSite(runner, '127.0.0.1', self.port, ssl_context=self._tls)
        await site.start()
        self.port = site._server.sockets[0].getsockname()[1]
        self._ready.set()
        await self._stop.wait()
        self._cut()
        await runner.cleanup()

    def runner_options(self) -> dict[str, object]:
        """Return options of aiohttp's AppRunner."""
        return {}

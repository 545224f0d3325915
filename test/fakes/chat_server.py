# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""A stand-in for an OpenAI-compatible chat server: it says what a test tells it to, or misbehaves.

The form of answers follows OpenAI's API reference, `Create chat completion`.
"""

import asyncio
from collections import deque
from dataclasses import dataclass
from dataclasses import field
import json
from typing import Any

from aiohttp import web

from fakes.host import Host


@dataclass
class Manner:
    """What the stand-in does; tests change it while it runs."""

    answers: deque[Any] = field(default_factory=deque)
    """Bodies for the next requests: a dict or a list goes as JSON, bytes as they are. Without one
    it answers NOTHING."""

    status: int = 200
    is_silent: bool = False
    """Take requests and never answer, until they hang up."""

    redirect_to: str = ''
    key: str = ''
    """Asked of every request; the refusal repeats what came instead."""


def completion(content: str = '', *calls: tuple[str, str]) -> dict[str, Any]:
    """Return a completion; calls are (name, arguments as JSON text)."""
    tool_calls = [
        {'id': f'call_{n}', 'type': 'function', 'function': {'name': name, 'arguments': arguments}}
        for n, (name, arguments) in enumerate(calls)
    ]
    message = {'role': 'assistant', 'content': content or None, 'tool_calls': tool_calls}
    return {'object': 'chat.completion', 'choices': [{'index': 0, 'message': message}]}


class ChatServer(Host):
    """It notes `requests` (bodies), `keys`, who `hung_up`, and how many it had at once."""

    def __init__(self) -> None:
        super().__init__()
        self.manner = Manner()
        self.requests: list[dict[str, Any]] = []
        self.keys: list[str] = []
        self.hung_up = 0
        self.most_at_once = 0
        self._now = 0

    @property
    def base(self) -> str:
        """Address for the parameter url."""
        return f'http://127.0.0.1:{self.port}/v1'

    @property
    def talks(self) -> list[str]:
        """What the mind was told in each request."""
        return [request['messages'][-1]['content'] for request in self.requests]

    def make_app(self) -> web.Application:
        """Return the endpoint."""
        app = web.Application()
        app.router.add_post('/v1/chat/completions', self._complete)
        return app

    def runner_options(self) -> dict[str, object]:
        """Notice callers that hang up."""
        return {'handler_cancellation': True}

    async def _complete(self, request: web.Request) -> web.Response:
        self.requests.append(await request.json())
        self.keys.append(request.headers.get('Authorization', ''))
        self._now += 1
        self.most_at_once = max(self.most_at_once, self._now)
        try:
            return await self._answer(request)
        except asyncio.CancelledError:
            self.hung_up += 1
            raise
        finally:
            self._now -= 1

    async def _answer(self, request: web.Request) -> web.Response:
        manner = self.manner
        if manner.is_silent:
            await asyncio.Event().wait()
        if manner.redirect_to:
            raise web.HTTPTemporaryRedirect(manner.redirect_to)
        if manner.key and self.keys[-1] != f'Bearer {manner.key}':
            return web.Response(status=401, text=f'bad key: {self.keys[-1]}')
        body = manner.answers.popleft() if manner.answers else completion('NOTHING')
        if not isinstance(body, bytes):
            body = json.dumps(body).encode()
        return web.Response(status=manner.status, body=body, content_type='application/json')

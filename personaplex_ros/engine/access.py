# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""Who may connect: holders of the token, or without one this machine and its own pages."""

from collections.abc import Awaitable
from collections.abc import Callable
import hmac
from urllib.parse import urlsplit

from aiohttp import web
from aiohttp.typedefs import Handler

from personaplex_ros.engine.settings import is_loopback


def guard(token: str) -> Callable[..., Awaitable[web.StreamResponse]]:
    """Return a middleware that lets only permitted requests through."""

    @web.middleware
    async def check(request: web.Request, handler: Handler) -> web.StreamResponse:
        if token and not _presents(request, token):
            return web.json_response(
                {'error': 'token missing or wrong: send Authorization: Bearer <token>'},
                status=401,
                headers={'WWW-Authenticate': 'Bearer'},
            )
        if not token and not _from_own_page(request):
            return web.json_response(
                {'error': 'pages of other hosts need the engine to run with a token'}, status=403
            )
        return await handler(request)

    return check


def _presents(request: web.Request, token: str) -> bool:
    scheme, _, bearer = request.headers.get('Authorization', '').partition(' ')
    offered = bearer if scheme.lower() == 'bearer' else request.query.get('token', '')
    return hmac.compare_digest(
        offered.strip().encode('utf-8', 'surrogateescape'), token.encode('utf-8')
    )


def _from_own_page(request: web.Request) -> bool:
    """Whether no foreign web page is behind the request: browsers send Origin, others do not."""
    origin = request.headers.get('Origin')
    return origin is None or is_loopback(urlsplit(origin).hostname or '')

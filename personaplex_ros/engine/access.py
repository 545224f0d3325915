# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""Who may connect: holders of the token, or without one this machine and its own pages."""

from collections.abc import Awaitable
from collections.abc import Callable
from collections.abc import Mapping
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
            return _turned_away(
                401,
                'token missing or wrong: send Authorization: Bearer <token>',
                {'WWW-Authenticate': 'Bearer'},
            )
        if not token and not _from_own_page(request):
            return _turned_away(403, 'pages of other hosts need the engine to run with a token')
        return await handler(request)

    return check


def _turned_away(
    status: int, error: str, headers: Mapping[str, str] | None = None
) -> web.Response:
    """Return a refusal that ends its connection: a descriptor is not for those we do not know."""
    response = web.json_response({'error': error}, status=status, headers=headers)
    response.force_close()
    return response


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

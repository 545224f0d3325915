# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""An OpenAI-compatible chat endpoint: one question, one answer, and nothing believed of it."""

import asyncio
import json
from typing import Any
from urllib.parse import urlsplit

import aiohttp

from personaplex_ros.backends.base import BackendError
from personaplex_ros.backends.http_client import make_client

MAX_ANSWER_BYTES = 256 << 10
"""Far more than a few calls and a sentence."""

MAX_TOLD_CHARS = 200
"""Of a server's own words in an error."""


def chat_base_url(url: str) -> str:
    """Return the address without a slash at its end, such as http://127.0.0.1:11434/v1.

    Raises ValueError for anything but http or https with a host; the text never holds the url,
    which may hold a password.
    """
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        raise ValueError('url is no http://host:port/v1 with a port up to 65535') from None
    if parts.scheme not in ('http', 'https') or not parts.hostname or any(map(str.isspace, url)):
        raise ValueError('url is no http:// or https:// address of a chat endpoint, up to /v1')
    if parts.username or parts.password or parts.query or parts.fragment:
        raise ValueError('url holds a user, a query or a fragment; a key belongs elsewhere')
    return url.rstrip('/').removesuffix('/chat/completions')


class ChatEndpoint:
    """A client that lives on one asyncio loop; close() it there."""

    def __init__(self, url: str, key: str) -> None:
        """key: sent as a bearer token to this address and to no other; '' for none.

        Raises ValueError for a url or a key that cannot be used.
        """
        if not (key.isascii() and key.isprintable()):
            raise ValueError('the key holds characters that no header can carry')
        self._base = chat_base_url(url)
        self._key = key
        self._client: aiohttp.ClientSession | None = None

    async def ask(self, body: dict[str, Any]) -> Any:
        """Return the JSON of the answer. Raises BackendError; cancel it to hang up."""
        if self._client is None:
            headers = {'Authorization': f'Bearer {self._key}'} if self._key else {}
            self._client = make_client(None, headers)
        try:
            async with self._client.post(
                f'{self._base}/chat/completions', json=body, allow_redirects=False
            ) as response:
                text = await _read(response)
                if response.status != 200:
                    told = self._clean(text[: 4 * MAX_TOLD_CHARS].decode('utf-8', 'replace'))
                    raise BackendError('refused', f'status {response.status}: {told}')
        except (aiohttp.ClientError, asyncio.TimeoutError, OSError) as error:
            why = self._clean(f'{type(error).__name__}: {error}')
            raise BackendError('unreachable', f'no answer of {self._base} ({why})') from None
        try:
            return json.loads(text)
        except (ValueError, RecursionError):
            raise BackendError('bad_answer', 'the answer is no JSON') from None

    async def close(self) -> None:
        """Hang up."""
        if self._client is not None:
            await self._client.close()

    def _clean(self, text: str) -> str:
        """Return what a server or a library says, for a log: some answer with the key."""
        if self._key:
            text = text.replace(self._key, '(key)')
        return ''.join(filter(str.isprintable, ' '.join(text.split())))[:MAX_TOLD_CHARS]


async def _read(response: aiohttp.ClientResponse) -> bytes:
    """Return the whole body; raises BackendError where it is endless."""
    body = bytearray()
    async for chunk in response.content.iter_any():
        body += chunk
        if len(body) > MAX_ANSWER_BYTES:
            raise BackendError('bad_answer', f'the answer has over {MAX_ANSWER_BYTES} bytes')
    return bytes(body)

# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""Where an engine is."""

from urllib.parse import urlsplit


def engine_base_url(url: str) -> str:
    """Return http(s)://host:port of an engine address, without path, user or query.

    Raises ValueError for anything else than http, https, ws or wss with a host.
    """
    parts = urlsplit(url if '://' in url else 'ws://' + url)
    schemes = {'ws': 'http', 'wss': 'https', 'http': 'http', 'https': 'https'}
    if parts.scheme not in schemes or not parts.hostname:
        raise ValueError(f'engine_url {url!r} is no ws://host:port address')
    host = f'[{parts.hostname}]' if ':' in parts.hostname else parts.hostname
    port = f':{parts.port}' if parts.port else ''
    return f'{schemes[parts.scheme]}://{host}{port}'

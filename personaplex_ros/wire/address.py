# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""Where an engine is."""

from urllib.parse import urlsplit


def engine_base_url(url: str) -> str:
    """Return http(s)://host:port of an engine address, without path, user or query.

    Raises ValueError for anything else than http, https, ws or wss with a host.
    """
    schemes = {'ws': 'http', 'wss': 'https', 'http': 'http', 'https': 'https'}
    try:
        parts = urlsplit(url if '://' in url else 'ws://' + url)
        number = parts.port
    except ValueError:
        raise ValueError('engine_url is no ws://host:port with a port up to 65535') from None
    host = parts.hostname or ''
    if parts.scheme not in schemes or not host or any(map(str.isspace, url)):
        # never the whole text: it may hold a password
        raise ValueError(
            f'engine_url with scheme {parts.scheme[:20]!r} and host {host[:60]!r} '
            'is no ws://host:port address'
        )
    host = f'[{host}]' if ':' in host else host
    port = f':{number}' if number else ''
    return f'{schemes[parts.scheme]}://{host}{port}'

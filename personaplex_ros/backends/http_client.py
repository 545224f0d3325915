# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""HTTP and TLS towards a server: whom to trust, and what a refused connection means."""

import asyncio
import ssl
from typing import Any

import aiohttp

from personaplex_ros.backends.base import BackendError
from personaplex_ros.wire.messages import Kind
from personaplex_ros.wire.messages import unpack
from personaplex_ros.wire.messages import WireError

# OpenSSL's verification errors, X509_V_ERR_* in openssl/x509_vfy.h.
NOT_YET_VALID, EXPIRED = 9, 10
SELF_SIGNED = 18
UNKNOWN_AUTHORITY = (2, 19, 20, 21)
OTHER_HOST = (62, 64)


class TrustError(ValueError):
    """A certificate file that cannot be used; the text says why."""


def trust(ca_file: str) -> ssl.SSLContext | None:
    """Return whom to trust: the certificates of a PEM file, or with '' None, the system's.

    The file may hold an authority or a server's self-signed certificate. Raises TrustError.
    """
    if not ca_file:
        return None
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # host name and certificate are checked
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    try:
        context.load_verify_locations(ca_file)
    except ssl.SSLError:
        raise TrustError(
            f'engine_ca_file {ca_file[:200]!r} holds no PEM certificate; '
            'expected -----BEGIN CERTIFICATE-----'
        ) from None
    except (OSError, ValueError) as error:
        reason = getattr(error, 'strerror', None) or error
        raise TrustError(f'engine_ca_file {ca_file[:200]!r}: {reason}') from None
    return context


def make_client(
    tls: ssl.SSLContext | None, headers: dict[str, str] | None = None
) -> aiohttp.ClientSession:
    """Return a client that trusts these certificates; None stands for the system's."""
    connector = None if tls is None else aiohttp.TCPConnector(ssl=tls)
    return aiohttp.ClientSession(connector=connector, headers=headers)


def went_dead(socket: Any) -> bool:
    """Whether a ping got no answer; not every release of aiohttp tells of it in a message."""
    return isinstance(socket.exception(), asyncio.TimeoutError)


def unpack_message(message: Any) -> tuple[Kind, bytes]:
    """Return kind and payload of an aiohttp.WSMessage. Raises WireError, for a broken line too."""
    if message.type is aiohttp.WSMsgType.ERROR:
        raise WireError(str(message.data))
    if message.type is not aiohttp.WSMsgType.BINARY:
        raise WireError(f'{message.type.name} message; expected a binary one')
    return unpack(message.data)


def tls_trouble(base: str, error: Exception) -> BackendError | None:
    """Return what is wrong with the server's TLS; None where that is not the trouble."""
    if isinstance(error, aiohttp.ClientConnectorCertificateError):
        return BackendError('untrusted', _untrusted(base, error.certificate_error))
    if isinstance(error, aiohttp.ClientConnectorSSLError):
        return BackendError('untrusted', f'{base} does not speak TLS with us ({error.os_error})')
    if isinstance(error, aiohttp.ServerDisconnectedError) and base.startswith('http:'):
        hint = 'if it serves TLS, write wss:// in engine_url'
        return BackendError('unreachable', f'{base} closed the connection at once: {hint}')
    return None


def _untrusted(base: str, error: Exception) -> str:
    code = getattr(error, 'verify_code', 0)
    why = getattr(error, 'verify_message', '') or str(error)
    certificate = f'the certificate of {base}'
    if code == SELF_SIGNED:
        return f'{certificate} is self-signed: name a copy of it in engine_ca_file'
    if code in UNKNOWN_AUTHORITY:
        return (
            f'{certificate} comes from an authority unknown here: '
            "name the authority's certificate (PEM) in engine_ca_file"
        )
    if code in OTHER_HOST:
        return (
            f'{certificate} is for another host ({why}): '
            'write the name that it was made for in engine_url, or make it anew'
        )
    if code == EXPIRED:
        return f'{certificate} has expired: renew it there, or set the clock here'
    if code == NOT_YET_VALID:
        return f'{certificate} is not valid yet: set the clock here or there'
    return f'{certificate} is not trusted ({why})'

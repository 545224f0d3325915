# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""The server's certificate and key: read, matched and tried before anybody connects."""

from pathlib import Path
import ssl

from personaplex_ros.engine.failure import StartFailure

# OpenSSL's verification errors (openssl/x509_vfy.h, X509_V_ERR_*).
_NOT_YET_VALID = 9
_HAS_EXPIRED = 10

MAX_TURNS = 10
"""A handshake takes three."""


def server_context(certificate: Path, key: Path) -> ssl.SSLContext:
    """Return the TLS settings of a server, TLS 1.2 at least.

    certificate: PEM, with the chain after it where there is one. key: PEM, not encrypted.
    Raises StartFailure where a client would only see a broken handshake.
    """
    for option, path in (('--tls-cert', certificate), ('--tls-key', key)):
        _check_readable(option, path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    try:
        context.load_cert_chain(certificate, key, password=_no_password)
    except _Encrypted:
        raise StartFailure(
            f'--tls-key {key} is encrypted, and nobody is there to type its password; '
            'store it without one, readable by the engine alone'
        ) from None
    except ssl.SSLError as error:
        raise StartFailure(_unusable(certificate, key, error)) from None
    _try(context, certificate)
    return context


class _Encrypted(Exception):
    """OpenSSL asked for a password."""


def _no_password() -> str:
    raise _Encrypted


def _check_readable(option: str, path: Path) -> None:
    try:
        with path.open('rb') as file:
            file.read(1)
    except OSError as error:
        raise StartFailure(f'{option} {path} cannot be read ({error.strerror})') from None


def _unusable(certificate: Path, key: Path, error: ssl.SSLError) -> str:
    if error.reason in ('KEY_VALUES_MISMATCH', 'KEY_TYPE_MISMATCH'):
        return f'--tls-key {key} is not the key of --tls-cert {certificate}; give a pair'
    return (
        f'--tls-cert {certificate} and --tls-key {key} are no usable PEM pair '
        f'({error.reason or error}); expected -----BEGIN CERTIFICATE----- and a private key'
    )


def _try(server: ssl.SSLContext, certificate: Path) -> None:
    """Shake hands with ourselves, as a client that trusts exactly this certificate.

    It is the public way to learn what a client will refuse; the ssl module parses no
    certificate of one's own.
    """
    client = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    client.check_hostname = False  # whichever name callers use
    client.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    try:
        client.load_verify_locations(certificate)
        _shake_hands(server, client)
    except ssl.SSLCertVerificationError as error:
        why = {
            _NOT_YET_VALID: 'is not valid yet; check the clock of this machine',
            _HAS_EXPIRED: 'has expired; renew it',
        }.get(error.verify_code, f'is refused by clients ({error.verify_message})')
        raise StartFailure(f'--tls-cert {certificate} {why}') from None
    except ssl.SSLError as error:
        raise StartFailure(
            f'--tls-cert {certificate} cannot serve ({error.reason or error}); make it anew'
        ) from None


def _shake_hands(server: ssl.SSLContext, client: ssl.SSLContext) -> None:
    """Run both ends in memory, in turns, until the client is content."""
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    ends = [
        client.wrap_bio(to_client, to_server),
        server.wrap_bio(to_server, to_client, server_side=True),
    ]
    for _ in range(MAX_TURNS):
        for end in tuple(ends):
            try:
                end.do_handshake()
                ends.remove(end)
            except ssl.SSLWantReadError:
                continue
        if not ends:
            return
    raise ssl.SSLError('the handshake does not end')

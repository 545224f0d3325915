# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""wss:// from the robot's side: who is trusted, and what is said about who is not."""

from collections.abc import Callable
import datetime
from ipaddress import ip_address
from pathlib import Path
import ssl

import pytest

pytest.importorskip('trustme')  # not in package.xml; it brings cryptography

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from stage import on_a_loop
import trustme

from fakes.engine import FakeEngine
from fakes.nvidia_server import NvidiaServer
from personaplex_ros.backends.base import BackendError
from personaplex_ros.backends.base import Role
from personaplex_ros.backends.http_client import trust
from personaplex_ros.backends.http_client import TrustError
from personaplex_ros.backends.nvidia import NvidiaBackend
from personaplex_ros.backends.personaplex import PersonaPlexBackend

ROLE = Role('You teach.', 'NATF2')
NOW = datetime.datetime.now(datetime.timezone.utc)
DAY = datetime.timedelta(days=1)

PAIRS = [(FakeEngine, PersonaPlexBackend), (NvidiaServer, NvidiaBackend)]
both = pytest.mark.parametrize(('server_type', 'backend_type'), PAIRS, ids=['ours', 'nvidia'])


@pytest.fixture(scope='module')
def authority() -> trustme.CA:
    """Give an authority that no machine knows."""
    return trustme.CA()


@pytest.fixture
def ca_file(authority, tmp_path) -> str:
    """Give its certificate as a file."""
    path = tmp_path / 'ca.pem'
    authority.cert_pem.write_to_path(str(path))
    return str(path)


def served_with(certificate: trustme.LeafCert) -> ssl.SSLContext:
    """Return a server's settings."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate.configure_cert(context)
    return context


def self_signed(folder: Path) -> tuple[ssl.SSLContext, str]:
    """Return a server's settings and its certificate's file; it vouches for itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, 'robot')])
    host = x509.SubjectAlternativeName([x509.IPAddress(ip_address('127.0.0.1'))])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(NOW - DAY)
        .not_valid_after(NOW + DAY)
        .add_extension(host, critical=False)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    cert_file, key_file = folder / 'cert.pem', folder / 'key.pem'
    cert_file.write_bytes(certificate.public_bytes(pem))
    key_file.write_bytes(
        key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(cert_file, key_file)
    return context, str(cert_file)


async def refusal(url: str, backend_type: Callable, ca_file: str = '') -> BackendError:
    """Return why there is no session."""
    backend = backend_type(url, 5.0, trust(ca_file))
    with pytest.raises(BackendError) as error:
        await backend.open(ROLE)
    await backend.close()
    return error.value


async def talk(url: str, backend_type: Callable, ca_file: str) -> None:
    """Open a session and close it."""
    backend = backend_type(url, 5.0, trust(ca_file))
    assert (await backend.open(ROLE)).voice == 'NATF2'
    assert await backend.voices()
    await backend.close()


@both
@on_a_loop
async def test_an_engine_whose_authority_is_named_is_trusted(
    authority, ca_file, server_type, backend_type
):
    with server_type(tls=served_with(authority.issue_cert('127.0.0.1'))) as server:
        assert server.url.startswith('wss://')
        await talk(server.url, backend_type, ca_file)


@both
@on_a_loop
async def test_a_self_signed_engine_is_trusted_by_a_copy_of_its_certificate(
    tmp_path, server_type, backend_type
):
    tls, copy = self_signed(tmp_path)
    with server_type(tls=tls) as server:
        await talk(server.url, backend_type, copy)


@both
@on_a_loop
async def test_a_self_signed_engine_is_refused_otherwise(tmp_path, server_type, backend_type):
    tls, _ = self_signed(tmp_path)
    with server_type(tls=tls) as server:
        error = await refusal(server.url, backend_type)
    assert error.code == 'untrusted'
    assert 'is self-signed: name a copy of it in engine_ca_file' in str(error)


@both
@on_a_loop
async def test_an_unknown_authority_is_refused_and_the_parameter_named(
    authority, server_type, backend_type
):
    with server_type(tls=served_with(authority.issue_cert('127.0.0.1'))) as server:
        error = await refusal(server.url, backend_type)
    assert error.code == 'untrusted'
    assert 'authority unknown here' in str(error) and 'engine_ca_file' in str(error)


@on_a_loop
async def test_the_certificate_of_another_host_is_refused(authority, ca_file):
    with FakeEngine(tls=served_with(authority.issue_cert('robot.example'))) as engine:
        error = await refusal(engine.url, PersonaPlexBackend, ca_file)
    assert error.code == 'untrusted'
    assert 'is for another host' in str(error) and '127.0.0.1' in str(error)


@on_a_loop
async def test_an_expired_certificate_is_refused(authority, ca_file):
    expired = authority.issue_cert('127.0.0.1', not_before=NOW - 9 * DAY, not_after=NOW - DAY)
    with FakeEngine(tls=served_with(expired)) as engine:
        error = await refusal(engine.url, PersonaPlexBackend, ca_file)
    assert error.code == 'untrusted'
    assert 'has expired: renew it there, or set the clock here' in str(error)


@on_a_loop
async def test_a_certificate_of_tomorrow_is_refused(authority, ca_file):
    coming = authority.issue_cert('127.0.0.1', not_before=NOW + DAY, not_after=NOW + 9 * DAY)
    with FakeEngine(tls=served_with(coming)) as engine:
        error = await refusal(engine.url, PersonaPlexBackend, ca_file)
    assert 'is not valid yet' in str(error)


@both
@on_a_loop
async def test_tls_towards_an_engine_without_it_is_told(server_type, backend_type):
    with server_type() as server:
        error = await refusal(server.url.replace('ws:', 'wss:'), backend_type)
    assert error.code == 'untrusted'
    assert 'does not speak TLS' in str(error)


@both
@on_a_loop
async def test_plain_words_towards_an_engine_with_tls_are_told(
    authority, server_type, backend_type
):
    with server_type(tls=served_with(authority.issue_cert('127.0.0.1'))) as server:
        error = await refusal(server.url.replace('wss:', 'ws:'), backend_type)
    assert error.code == 'unreachable'
    assert 'write wss:// in engine_url' in str(error)


def test_no_file_stands_for_the_system():
    assert trust('') is None


def test_host_and_certificate_are_always_checked(ca_file):
    context = trust(ca_file)
    assert context.check_hostname
    assert context.verify_mode is ssl.CERT_REQUIRED
    assert context.minimum_version >= ssl.TLSVersion.TLSv1_2


@pytest.mark.parametrize(
    ('content', 'why'),
    [
        (None, 'No such file or directory'),
        ('', 'holds no PEM certificate'),
        ('nonsense', 'holds no PEM certificate'),
        ('-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n', 'no PEM certificate'),
    ],
)
def test_a_file_without_a_certificate_is_refused_with_the_reason(tmp_path, content, why):
    path = tmp_path / 'ca.pem'
    if content is not None:
        path.write_text(content)
    with pytest.raises(TrustError, match=why) as error:
        trust(str(path))
    assert 'engine_ca_file' in str(error.value)


@pytest.mark.parametrize('path', ['/tmp', 'a\0b'])
def test_what_is_no_file_at_all_is_refused_too(path):
    with pytest.raises(TrustError, match='engine_ca_file'):
        trust(path)

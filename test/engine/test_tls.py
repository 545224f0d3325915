# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""The engine on https and wss: what it refuses to start with, and what it serves."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from datetime import timedelta
from datetime import timezone
from pathlib import Path
import socket
import ssl
import warnings

import aiohttp
from cryptography.hazmat.primitives import serialization as keys
from harness import Caller
from harness import frame
from harness import in_loop
from harness import PROTOCOL_1
from harness import UPSTREAM
from process import PATIENCE_S
from process import run_engine
from process import Served
from process import served
import pytest
import trustme

from personaplex_ros.engine.failure import StartFailure
from personaplex_ros.engine.tls import server_context

TOKEN = 'sesame-4711'
NOW = datetime.now(timezone.utc)
DAY = timedelta(days=1)


@dataclass(frozen=True)
class Pair:
    """Certificate and key as files."""

    certificate: Path
    key: Path

    @property
    def options(self) -> tuple[str, ...]:
        return '--tls-cert', str(self.certificate), '--tls-key', str(self.key)


@pytest.fixture(scope='module')
def authority() -> trustme.CA:
    return trustme.CA()


def make_pair(authority: trustme.CA, folder: Path, name: str, **validity: datetime) -> Pair:
    made = authority.issue_cert('localhost', '127.0.0.1', **validity)
    pair = Pair(folder / f'{name}.pem', folder / f'{name}.key')
    pair.certificate.write_bytes(b''.join(pem.bytes() for pem in made.cert_chain_pems))
    made.private_key_pem.write_to_path(pair.key)
    return pair


@pytest.fixture(scope='module')
def pair(authority: trustme.CA, tmp_path_factory: pytest.TempPathFactory) -> Pair:
    return make_pair(authority, tmp_path_factory.mktemp('tls'), 'engine')


@pytest.fixture(scope='module')
def running(pair: Pair, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """`personaplex-engine serve` with TLS and a token."""
    port_file = tmp_path_factory.mktemp('served') / 'port'
    with served(port_file, '--token', TOKEN, *pair.options) as running:
        yield running


@pytest.fixture
def trusting(authority: trustme.CA) -> ssl.SSLContext:
    """What a browser or a node does that knows the authority: names are checked too."""
    context = ssl.create_default_context()
    authority.configure_trust(context)
    return context


def refusal(certificate: Path, key: Path) -> str:
    with pytest.raises(StartFailure) as refused:
        server_context(certificate, key)
    assert '\n' not in str(refused.value)
    return str(refused.value)


async def until_loaded(http: aiohttp.ClientSession, base: str) -> None:
    async def status() -> str:
        async with http.get(base + '/health') as response:
            return (await response.json())['status']

    while await status() != 'ok':  # in_loop() ends a wait that is too long
        await asyncio.sleep(0.05)


def test_a_pair_gives_tls_1_2_or_newer(pair: Pair) -> None:
    context = server_context(pair.certificate, pair.key)
    assert context.minimum_version is ssl.TLSVersion.TLSv1_2


def test_a_self_signed_certificate_is_no_fault(tmp_path: Path) -> None:
    authority = trustme.CA()
    pair = Pair(tmp_path / 'cert.pem', tmp_path / 'key.pem')
    authority.cert_pem.write_to_path(pair.certificate)
    authority.private_key_pem.write_to_path(pair.key)
    server_context(pair.certificate, pair.key)


def test_files_that_are_not_there_are_named(pair: Pair, tmp_path: Path) -> None:
    assert '--tls-cert /nowhere.pem' in refusal(Path('/nowhere.pem'), pair.key)
    assert '--tls-key' in refusal(pair.certificate, tmp_path)


def test_a_key_of_another_certificate_is_refused(
    authority: trustme.CA, pair: Pair, tmp_path: Path
) -> None:
    other = make_pair(authority, tmp_path, 'other')
    assert 'is not the key of' in refusal(pair.certificate, other.key)


def test_what_is_no_pem_is_refused(pair: Pair, tmp_path: Path) -> None:
    (tmp_path / 'noise').write_bytes(b'\x00\xff' * 100)
    assert 'PEM' in refusal(tmp_path / 'noise', pair.key)
    assert 'PEM' in refusal(pair.certificate, tmp_path / 'noise')
    assert 'PEM' in refusal(pair.key, pair.certificate)


def test_an_encrypted_key_is_refused_without_asking_for_its_password(
    pair: Pair, tmp_path: Path
) -> None:
    key = keys.load_pem_private_key(pair.key.read_bytes(), password=None)
    locked = tmp_path / 'locked.key'
    locked.write_bytes(
        key.private_bytes(
            keys.Encoding.PEM, keys.PrivateFormat.PKCS8, keys.BestAvailableEncryption(b'sesame')
        )
    )
    assert 'encrypted' in refusal(pair.certificate, locked)


def test_a_certificate_out_of_its_time_is_refused(authority: trustme.CA, tmp_path: Path) -> None:
    old = make_pair(authority, tmp_path, 'old', not_before=NOW - 9 * DAY, not_after=NOW - DAY)
    assert 'has expired' in refusal(old.certificate, old.key)
    early = make_pair(authority, tmp_path, 'early', not_before=NOW + DAY, not_after=NOW + 9 * DAY)
    assert 'not valid yet' in refusal(early.certificate, early.key)


def test_one_half_of_a_pair_cannot_start(pair: Pair) -> None:
    for half in (pair.options[:2], pair.options[2:]):
        ended = run_engine('serve', *half)
        assert ended.returncode == 2
        assert ended.stderr.count('\n') == 1, ended.stderr
        assert 'belong together' in ended.stderr


@in_loop
async def test_wss_carries_a_conversation_in_both_forms(
    running: Served, trusting: ssl.SSLContext
) -> None:
    base = f'https://localhost:{running.port}'
    connector = aiohttp.TCPConnector(ssl=trusting)
    headers = {'Authorization': f'Bearer {TOKEN}'}
    async with aiohttp.ClientSession(connector=connector, headers=headers) as http:
        await until_loaded(http, base)
        async with http.get(base + '/metrics') as page:
            assert 'personaplex_build_info' in await page.text()
        for query in (PROTOCOL_1, UPSTREAM):
            caller = Caller(await http.ws_connect(base + '/api/chat', params=query))
            started = await caller.until_ready()
            if started is not None:
                await caller.send_audio(frame(0))
                await caller.answer()
            await caller.hang_up()


@in_loop
async def test_a_client_that_does_not_know_the_authority_is_not_connected(running: Served) -> None:
    async with aiohttp.ClientSession() as http:
        with pytest.raises(aiohttp.ClientConnectorCertificateError):
            await http.get(f'https://localhost:{running.port}/health')


def test_tls_1_1_is_refused(running: Served, trusting: ssl.SSLContext) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter('ignore', DeprecationWarning)
        trusting.minimum_version = ssl.TLSVersion.TLSv1
        trusting.maximum_version = ssl.TLSVersion.TLSv1_1
    trusting.set_ciphers('ALL:@SECLEVEL=0')
    plain = socket.create_connection(('127.0.0.1', running.port), timeout=PATIENCE_S)
    with plain, pytest.raises((ssl.SSLError, ConnectionError)):
        trusting.wrap_socket(plain, server_hostname='localhost')


@pytest.mark.parametrize(('tls', 'warns'), [(False, True), (True, False)])
def test_off_loopback_without_tls_one_line_warns(
    pair: Pair, tmp_path: Path, tls: bool, warns: bool
) -> None:
    options = ('--host', '0.0.0.0', '--token', TOKEN, *(pair.options if tls else ()))
    with served(tmp_path / 'port', *options) as running:
        running.process.terminate()
        _, told = running.process.communicate(timeout=PATIENCE_S)
    lines = [line for line in told.splitlines() if 'WARNING' in line]
    assert len(lines) == int(warns)
    assert TOKEN not in told
    if warns:
        assert 'clear text' in lines[0]

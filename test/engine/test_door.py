# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""Who never asks for anything is shown out, whatever the connection was at meanwhile."""

import asyncio
from types import SimpleNamespace

from fake_model import FakeModel
from harness import in_loop
from harness import until
import pytest
import trustme

from personaplex_ros.engine import door
from personaplex_ros.engine import server
from personaplex_ros.engine.door import Door
from personaplex_ros.engine.ledger import Ledger
from personaplex_ros.engine.listener import listen
from personaplex_ros.engine.server import EngineServer
from personaplex_ros.engine.settings import ServeSettings
from personaplex_ros.engine.tls import server_context
from personaplex_ros.engine.worker import ModelWorker


class Guest:
    """A connection; it has a transport once its handshake is over."""

    def __init__(self) -> None:
        self.transport: SimpleNamespace | None = None
        self.is_out = False

    def connected(self) -> 'Guest':
        """End the handshake."""
        self.transport = SimpleNamespace(abort=self._abort)
        return self

    def _abort(self) -> None:
        self.is_out = True


@in_loop
async def test_a_handshake_that_was_under_way_when_room_was_needed_is_not_forgotten(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(door, 'MAX_STRANGERS', 2)
    monkeypatch.setattr(door, 'REQUEST_S', 0.05)
    meet = Door().protocols(Guest)
    slow, other = meet(), meet().connected()
    third = meet().connected()
    assert not other.is_out
    meet()
    assert other.is_out and not third.is_out, 'the oldest that can be shown out makes room'
    slow.connected()
    await until(lambda: slow.is_out and third.is_out)


@in_loop
async def test_a_handshake_that_does_not_go_on_ends_before_a_request_is_waited_for(
    monkeypatch: pytest.MonkeyPatch, tmp_path
) -> None:
    assert server.HANDSHAKE_S < door.REQUEST_S
    monkeypatch.setattr(server, 'HANDSHAKE_S', 0.05)
    authority = trustme.CA()
    certificate, key = tmp_path / 'cert.pem', tmp_path / 'key.pem'
    authority.cert_pem.write_to_path(certificate)
    authority.private_key_pem.write_to_path(key)
    listening = listen('127.0.0.1', 0)
    worker = ModelWorker(FakeModel, Ledger())
    engine = EngineServer(ServeSettings(), worker, Ledger())
    runner = await engine.open(listening, server_context(certificate, key))
    try:
        reader, writer = await asyncio.open_connection(*listening.getsockname())
        assert await reader.read() == b''
        writer.close()
    finally:
        await runner.cleanup()

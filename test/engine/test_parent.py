# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""--exit-with-parent: the parent that counts is the one that started the engine."""

import os
from pathlib import Path

from fake_model import FakeModel
from harness import in_loop
import pytest

from personaplex_ros.engine import serve
from personaplex_ros.engine.listener import listen
from personaplex_ros.engine.listener import PortFile
from personaplex_ros.engine.settings import ServeSettings


@in_loop
async def test_a_parent_that_ends_as_soon_as_it_knows_the_port_ends_the_engine(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    port_file = tmp_path / 'port'
    monkeypatch.setattr(os, 'getppid', lambda: 1 if port_file.exists() else 4711)
    monkeypatch.setattr(serve, 'load_model', lambda settings: FakeModel())
    settings = ServeSettings(exit_with_parent=True)
    assert await serve._serve(settings, listen('127.0.0.1', 0), None, PortFile(port_file))

# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""The shipped engine in a thread of the test, around a model that a test can look into."""

import asyncio
from pathlib import Path
import threading

from personaplex_ros.engine.ledger import Ledger
from personaplex_ros.engine.listener import listen
from personaplex_ros.engine.server import EngineServer
from personaplex_ros.engine.settings import ServeSettings
from personaplex_ros.engine.worker import ModelWorker
from personaplex_ros.model.personaplex import PersonaPlex


class RealEngine:
    """Use it as a context manager; `texts` are the prompts that the tokenizer was given."""

    def __init__(self, directory: Path) -> None:
        self.model = PersonaPlex.load(directory, device='cpu')
        self.texts: list[str] = []
        self._encode = self.model._preparer._encode_text
        self.model._preparer._encode_text = self._note
        self._socket = listen('127.0.0.1', 0)
        self._ready = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve()), daemon=True)

    @property
    def url(self) -> str:
        """Address for engine_url."""
        return f'ws://127.0.0.1:{self._socket.getsockname()[1]}'

    def __enter__(self) -> 'RealEngine':
        """Listen."""
        self._thread.start()
        self._ready.wait()
        return self

    def __exit__(self, *_: object) -> None:
        """End the engine, then its thread."""
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join()

    def _note(self, text: str) -> list[int]:
        self.texts.append(text)
        return self._encode(text)

    async def _serve(self) -> None:
        self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
        ledger = Ledger()
        worker = ModelWorker(lambda: self.model, ledger)
        runner = await EngineServer(ServeSettings(), worker, ledger).open(self._socket)
        worker.start()
        self._ready.set()
        await self._stop.wait()
        await runner.cleanup()
        await worker.stop(10.0)

# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""One engine process from its socket to its exit status."""

import asyncio
from functools import partial
import logging
import os
import signal
import socket
import ssl
import sys

from personaplex_ros.engine.failure import ModelFailure
from personaplex_ros.engine.failure import ModelStuck
from personaplex_ros.engine.failure import StartFailure
from personaplex_ros.engine.ledger import Ledger
from personaplex_ros.engine.listener import listen
from personaplex_ros.engine.listener import PortFile
from personaplex_ros.engine.loader import load_model
from personaplex_ros.engine.parent import wait_for_parent_to_end
from personaplex_ros.engine.server import EngineServer
from personaplex_ros.engine.settings import ServeSettings
from personaplex_ros.engine.tls import server_context
from personaplex_ros.engine.worker import ModelWorker
from personaplex_ros.engine.worker import Status

SWITCH_INTERVAL_S = 0.000_5
"""CPython's 5 ms would let the model's thread keep a caller's message waiting that long."""

WORKER_STOP_S = 1.0
"""A frame ends well within this; a load or a long prompt is not waited for."""

BROKEN_SHOWN_S = 5.0
"""So long /health and every caller are told that the model broke; then the process ends for its
launcher to start it anew. No sooner: one that breaks each time must not be started in a spin."""

logger = logging.getLogger(__name__)


def serve(settings: ServeSettings) -> int:
    """Serve until SIGINT or SIGTERM and return the exit status.

    Raises StartFailure, and ModelFailure once the model has been broken for BROKEN_SHOWN_S;
    ModelStuck where only os._exit can end the process.
    """
    logging.basicConfig(
        level=logging.INFO, format='%(asctime)s %(levelname)s %(name)s: %(message)s'
    )
    tls = _tls(settings)
    port_file = PortFile(settings.port_file) if settings.port_file else None
    listening = listen(settings.host, settings.port)
    sys.setswitchinterval(SWITCH_INTERVAL_S)
    try:
        worker_ended = asyncio.run(_serve(settings, listening, tls, port_file))
    finally:
        if port_file:
            port_file.remove()
    if not worker_ended:
        # The model's thread is inside torch: the interpreter's own end would tear that down
        # under it, and nothing is left to save.
        sys.stdout.flush()
        os._exit(0)
    return 0


async def _serve(
    settings: ServeSettings,
    listening: socket.socket,
    tls: ssl.SSLContext | None,
    port_file: PortFile | None,
) -> bool:
    """Serve until told to end; returns whether the model's thread has ended."""
    ends = _ends(settings)
    ledger = Ledger()
    worker = ModelWorker(partial(load_model, settings), ledger)
    server = EngineServer(settings, worker, ledger)
    runner = await server.open(listening, tls)
    port = listening.getsockname()[1]
    if port_file:
        port_file.write(port)
    secure = ' with TLS' if tls else ''
    _say(f'listening on {settings.host} port {port}{secure}, loading {settings.model}')
    if not (tls or settings.on_loopback):
        logger.warning(
            'without --tls-cert and --tls-key the token and all speech travel in clear text'
        )
    worker.start()
    try:
        await _until_stopped(worker, ends)
    finally:
        await runner.cleanup()
        ended = await worker.stop(WORKER_STOP_S)
    return ended


def _tls(settings: ServeSettings) -> ssl.SSLContext | None:
    if settings.tls_certificate is not None and settings.tls_key is not None:
        return server_context(settings.tls_certificate, settings.tls_key)
    return None


async def _until_stopped(worker: ModelWorker, ends: list[asyncio.Task]) -> None:
    loading = asyncio.create_task(worker.settled.wait())
    await asyncio.wait((loading, *ends), return_when=asyncio.FIRST_COMPLETED)
    if worker.status is Status.FAILED:
        raise _start_failure(worker.error)
    if worker.status is Status.OK:
        model = worker.model
        _say(f'{model.name} is ready on {model.device}, {model.dtype}')
        broken = asyncio.create_task(worker.broken.wait())
        await asyncio.wait((broken, *ends), return_when=asyncio.FIRST_COMPLETED)
        if broken.done():
            await _show_what_broke(worker.error, ends)


async def _show_what_broke(error: Exception | None, ends: list[asyncio.Task]) -> None:
    """Raise ModelFailure after a while, unless an end comes first."""
    what = f'the model broke ({type(error).__name__}: {error})'
    logger.error('%s; this process ends in %g s', what, BROKEN_SHOWN_S)
    ended, _ = await asyncio.wait(
        ends, timeout=BROKEN_SHOWN_S, return_when=asyncio.FIRST_COMPLETED
    )
    if not ended:
        kind = ModelStuck if isinstance(error, ModelStuck) else ModelFailure
        raise kind(f'{what}; the engine has to be started anew')


def _ends(settings: ServeSettings) -> list[asyncio.Task]:
    """Return what may end the process; the parent is that of now, before anything takes time."""
    ends: list[asyncio.Task] = [asyncio.create_task(_stop_signal().wait())]
    if settings.exit_with_parent:
        ends.append(asyncio.create_task(wait_for_parent_to_end(os.getppid())))
    return ends


def _stop_signal() -> asyncio.Event:
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    return stop


def _start_failure(error: Exception | None) -> StartFailure:
    if isinstance(error, StartFailure):
        return error
    logger.error('the model cannot be loaded', exc_info=error)
    return StartFailure(f'the model cannot be loaded ({type(error).__name__}: {error})')


def _say(line: str) -> None:
    print(f'personaplex-engine: {line}', flush=True)

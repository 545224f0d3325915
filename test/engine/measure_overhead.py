# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""How long a frame spends in the engine besides the model: a caller at real time, on loopback.

python test/engine/measure_overhead.py [seconds] [options of serve ...]
"""

import asyncio
from pathlib import Path
import platform
import sys
import tempfile
import time

import aiohttp
from harness import Caller
from harness import frame
from harness import PROTOCOL_1
import numpy as np
from process import Served
from process import served

from personaplex_ros.audio.format import FRAME_MS


async def measure(running: Served, seconds: float) -> list[float]:
    """Return per frame the milliseconds from sending it to its answer, less the model's."""
    overhead_ms = []
    async with aiohttp.ClientSession() as http:
        url = f'http://127.0.0.1:{running.port}/api/chat'
        caller = Caller(await http.ws_connect(url, params=PROTOCOL_1, compress=0))
        await caller.until_ready()
        start = time.perf_counter()
        for index in range(int(1e3 * seconds / FRAME_MS)):
            await asyncio.sleep(start + index * FRAME_MS / 1e3 - time.perf_counter())
            sent = time.perf_counter()
            await caller.send_audio(frame(index % 50))
            report, _, _ = await caller.answer()
            overhead_ms.append(1e3 * (time.perf_counter() - sent) - report.model_ms)
        await caller.hang_up()
    return overhead_ms


def main() -> None:
    """Print what the caller and the engine itself measured."""
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 30.0
    with (
        tempfile.TemporaryDirectory() as folder,
        served(Path(folder) / 'port', *sys.argv[2:]) as running,
    ):
        running.wait_until_ready()
        seen_ms = asyncio.run(measure(running, seconds))
        info = running.get('/api/info')
    p50, p99 = np.percentile(seen_ms, (50, 99))
    print(
        f'{platform.machine()}, Python {platform.python_version()}, aiohttp {aiohttp.__version__}'
    )
    print(f'{info["model"]} on {info["device"]}, {len(seen_ms)} frames: {info["frames"]}')
    print(f'model           {info["frame_ms"]}')
    print(f'engine, besides {info["overhead_ms"]}')
    print(f'caller, besides p50 {p50:.3f} p99 {p99:.3f} max {max(seen_ms):.3f} ms')


if __name__ == '__main__':
    main()

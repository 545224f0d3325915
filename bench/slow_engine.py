# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""`personaplex-engine` with a model that repeats what it hears, and takes its time as told.

SIGUSR1: half as fast as real time. SIGUSR2: as fast as at first. All but the model is the engine
itself: its server, its worker, its queues.
"""

from pathlib import Path
import signal
import sys

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / 'test' / 'engine')]

from fake_model import FakeModel  # noqa: E402  the engine's tests keep it

from personaplex_ros.engine import cli  # noqa: E402
from personaplex_ros.engine import serve  # noqa: E402
from personaplex_ros.engine.settings import ServeSettings  # noqa: E402
from personaplex_ros.model.hold import HoldSettings  # noqa: E402

STEP_S = 0.02
SLOW_STEP_S = 0.16

HOLD = HoldSettings(hold_ms=320.0, onset_dbfs=0.0)
"""Silence after an interrupt ends soon, and not because the visitor speaks."""


def main() -> int:
    """Run the command line with the stand-in in place of the model."""
    model = FakeModel(step_s=STEP_S, hold=HOLD)

    def load(settings: ServeSettings) -> FakeModel:
        return model

    def slow(number: int, frame: object) -> None:
        model.step_s = SLOW_STEP_S

    def normal(number: int, frame: object) -> None:
        model.step_s = STEP_S

    signal.signal(signal.SIGUSR1, slow)
    signal.signal(signal.SIGUSR2, normal)
    serve.load_model = load
    return cli.main()


if __name__ == '__main__':
    sys.exit(main())

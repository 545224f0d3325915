# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""`personaplex-engine` around a stand-in model that breaks, or hangs, with its first frame."""

import os
from pathlib import Path
import sys

sys.path.append(str(Path(__file__).parent))

from fake_model import FakeModel

from personaplex_ros.engine import serve
from personaplex_ros.engine import worker
from personaplex_ros.engine.cli import main

if __name__ == '__main__':
    model = FakeModel(broken=True)
    if 'HANGS' in os.environ:
        model.device = 'cuda'
        model.step_gate.clear()
        worker.CHECK_S = 0.01
    serve.load_model = lambda settings: model
    sys.exit(main())

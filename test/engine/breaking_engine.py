# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""`personaplex-engine` around a stand-in model that breaks with its first frame."""

from pathlib import Path
import sys

sys.path.append(str(Path(__file__).parent))

from fake_model import FakeModel

from personaplex_ros.engine import serve
from personaplex_ros.engine.cli import main

if __name__ == '__main__':
    serve.load_model = lambda settings: FakeModel(broken=True)
    sys.exit(main())

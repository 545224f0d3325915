# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""`python -m personaplex_ros.engine` is `personaplex-engine`."""

import sys

from personaplex_ros.engine.cli import main

sys.exit(main())

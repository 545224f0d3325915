# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""What the engine's doctor found; figures are bytes, bytes per second and milliseconds."""

from personaplex_ros.findings import Finding
from personaplex_ros.findings import Findings as Report
from personaplex_ros.findings import Level

__all__ = ['Finding', 'Level', 'Report']

# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""What this machine is, what a model asks of it, and whether the two fit."""

import personaplex_ros.model  # noqa: F401  (before moshi, which reads what it sets)

# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""What a frame and a prompt cost, on this machine, with the conditions beside the figures."""

import personaplex_ros.model  # noqa: F401  (before moshi, which reads what it sets)

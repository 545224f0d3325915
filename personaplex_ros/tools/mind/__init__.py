# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""What the slow mind is told, what it may answer, and when it thinks."""

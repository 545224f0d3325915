# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""What travels between the processes: /api/chat messages and their limits, without any IO."""

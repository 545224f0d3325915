# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""Which middleware carries the messages."""


def rclpy_get_rmw_implementation_identifier() -> str:
    """Return 'embedded'."""
    return 'embedded'

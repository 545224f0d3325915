# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""Thin rclpy nodes, one a file: messages become calls, results become messages."""

# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""The rules of ROS 2's client library core (rcl, rcl_action, rcl_lifecycle), without any graph."""

# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""The conversation itself: personas, state, accounting, transcript; no ROS and no torch."""

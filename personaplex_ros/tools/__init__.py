# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""From words to actions: catalogue, matching, gate and audit, without ROS."""

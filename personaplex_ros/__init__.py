# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""Full-duplex speech for robots: NVIDIA PersonaPlex on ROS 2 topics."""

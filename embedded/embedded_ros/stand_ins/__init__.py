# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""Small packages of a ROS 2 installation that rclpy's Python layer imports."""

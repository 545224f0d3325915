# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""Stands in for the package ament_index_python, of which rclpy asks one question."""


def get_resources(resource_type: str) -> dict[str, str]:
    """Return {name: prefix} of what is registered: our middleware, and nothing else."""
    return {'embedded': ''} if resource_type == 'rmw_typesupport' else {}

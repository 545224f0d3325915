# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""Listens to a model directory as a visitor would, and counts."""

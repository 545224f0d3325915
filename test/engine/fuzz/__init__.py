# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""Damaged input by the million: `python -m fuzz` plays it, the tests here run it for CI."""

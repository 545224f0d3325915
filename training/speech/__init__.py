# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""Who says it: synthesised voices with their words and phones in time, and rooms around them."""

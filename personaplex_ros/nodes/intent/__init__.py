# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""The parts of the tool_intent node: its ears, its hands, its desk."""

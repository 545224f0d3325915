# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""Mimi, trained: moshi's own modules and quantizer, losses and loop of ours."""

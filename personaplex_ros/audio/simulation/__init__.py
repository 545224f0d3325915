# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""A room to talk in where there is none: for the loopback device, the tests and the benches."""

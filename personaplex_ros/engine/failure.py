# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""Why a command cannot start."""


class StartFailure(Exception):
    """One line for the person who typed the command: what is wrong and what to do."""

# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""Why a command cannot start, or cannot go on."""


class StartFailure(Exception):
    """One line for the person who typed the command: what is wrong and what to do."""


class ModelFailure(Exception):
    """What broke in a model that had worked, and what to do."""


class ModelStuck(ModelFailure):
    """A model that does not come back from its device; nothing ends its thread."""

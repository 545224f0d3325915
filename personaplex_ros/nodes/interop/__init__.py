# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""Audio messages of other packages, found at run time by name; none of them is a dependency."""

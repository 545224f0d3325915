# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""An ear for the commands of tools.yaml, and for nothing else."""

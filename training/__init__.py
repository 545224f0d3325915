# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""Makes trained weights for nano: speech by synthesis, Mimi, the language model, evaluation."""

# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""The language model, trained on two-channel conversations composed of tokens."""

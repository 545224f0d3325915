# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""What is said: intents, personas, conversations, and the vocabulary they need."""

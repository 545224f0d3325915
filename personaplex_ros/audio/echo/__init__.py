# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""The robot does not hear itself: echo cancellation with a reference that is never late."""

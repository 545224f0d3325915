# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""The process around the model: server, worker thread and command line."""

VERSION = '0.1.0'
"""As in package.xml."""

# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""From chunks as they arrive to the loudspeaker's steady stream: bounded, never late."""

# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""What a microphone and a loudspeaker can be: a sound card, a file, a simulated room."""

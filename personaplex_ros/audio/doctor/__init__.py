# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""Plays, listens, and says what is wrong with a microphone, a loudspeaker and the way between."""

# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""Frames, resampling and levels of audio; knows numpy and nothing else."""

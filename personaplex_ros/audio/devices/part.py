# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""Which half of a robot's sound a device is: microphone and loudspeaker may be on two machines."""

from enum import Enum


class Part(str, Enum):
    """What is opened."""

    BOTH = 'both'
    MICROPHONE = 'microphone'
    LOUDSPEAKER = 'loudspeaker'

    @property
    def hears(self) -> bool:
        """Has a microphone."""
        return self is not Part.LOUDSPEAKER

    @property
    def plays(self) -> bool:
        """Has a loudspeaker."""
        return self is not Part.MICROPHONE

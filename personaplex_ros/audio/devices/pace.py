# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""Whether a stream keeps pace with the clock: one that fell behind stays behind until reopened."""

SETTLED_S = 1.0
"""Sound servers give a burst when a stream begins."""

TOO_FAST = 4.0
"""Samples come so much faster than they should: no card whose rate was mistaken does that."""

MAX_BEHIND_S = 0.25
"""A duplex stream loses what it could not play, but a sound server keeps what the microphone heard
meanwhile: every dropout makes the robot hear later, by seconds in the end."""

MAX_FROM_START_S = 0.35
"""So much later than its driver told is a microphone at most from the beginning (Bluetooth); one
that is later was not read while the loudspeaker took its time to start, and stays that late."""

SURE_AFTER_S = 1.0
"""What is over sooner was a late callback, or a driver that mistook its own delay."""


class Pace:
    """Fed by the device's thread, with every block; says why the stream is of no use any more."""

    def __init__(self, block_s: float, told_late_s: float) -> None:
        """told_late_s: what the driver says of the microphone's delay."""
        self._block_s = block_s
        self._begun_s: float | None = None
        self._blocks = 0
        self._least_late_s = told_late_s + MAX_FROM_START_S
        self._behind_since_s = float('inf')

    def update(self, now_s: float, late_s: float) -> str:
        """Take when a block came, and how long ago its sound was in the air; return the fault.

        Of the delay only its growth is a fault, and what no device needs.
        """
        if self._begun_s is None:
            self._begun_s = now_s
        self._blocks += 1
        elapsed_s, came_s = now_s - self._begun_s, self._blocks * self._block_s
        if came_s > SETTLED_S + TOO_FAST * elapsed_s:
            return (
                f'its sound comes {came_s / max(elapsed_s, self._block_s):.0f} times as fast as '
                "it should: it is no sound card, perhaps ALSA's `null`; choose another"
            )
        self._least_late_s = min(self._least_late_s, late_s)
        behind_s = late_s - self._least_late_s
        if behind_s < MAX_BEHIND_S:
            self._behind_since_s = float('inf')
            return ''
        self._behind_since_s = min(self._behind_since_s, now_s)
        if now_s - self._behind_since_s < SURE_AFTER_S:
            return ''
        return (
            f'its microphone has fallen {1000 * behind_s:.0f} ms behind, as it does where sound '
            'is lost again and again: raise latency_ms, or see what else loads the machine'
        )

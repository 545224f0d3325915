# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""The emergency stop: pressed by anyone, released by hand, and nothing else lifts it."""


class EmergencyStop:
    """A latch. A pressed button (topic) holds it down until the button is up again."""

    def __init__(self) -> None:
        self._pressed_by = ''
        self._button_down = False

    @property
    def pressed_by(self) -> str:
        """Who pressed it, or '' while it is released."""
        return self._pressed_by

    def press(self, by: str) -> None:
        """Press it; who was first is kept."""
        self._pressed_by = self._pressed_by or by

    def button(self, is_down: bool) -> None:
        """Take the topic's value. Down presses; up does not release."""
        self._button_down = is_down
        if is_down:
            self.press('topic')

    def release(self) -> str:
        """Release it; returns why that is not possible, or ''."""
        if self._button_down:
            return 'the emergency stop topic still says pressed; release the button first'
        self._pressed_by = ''
        return ''

# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""Decides whether the canceller may be trusted with an open microphone."""

from personaplex_ros.audio.echo.delay import EchoDelay
from personaplex_ros.audio.echo.meters import ERLE_WINDOW_S
from personaplex_ros.audio.echo.meters import ErleMeter
from personaplex_ros.audio.echo.report import EchoState
from personaplex_ros.audio.echo.settings import EchoSettings
from personaplex_ros.audio.echo.settings import STEPS_PER_S

MIN_AUDIBLE_S = 1.0
"""Less audible echo shows nothing."""


class Guard:
    """Warming, converged, or not converged; counts only the time in which the robot speaks."""

    def __init__(self, settings: EchoSettings) -> None:
        self._settings = settings
        self._robot_steps = 0
        self.state = EchoState.WARMING

    def update(
        self,
        robot_speaks: bool,
        erle: ErleMeter,
        echo: EchoDelay,
        leak: EchoDelay,
    ) -> None:
        """Take what was found in the last 10 ms.

        echo looks for the echo in the microphone, leak in the output.
        """
        self._robot_steps += robot_speaks
        if self.state is EchoState.CONVERGED:
            if self._is_lost(erle, leak):
                self.state = EchoState.NOT_CONVERGED
        elif self._robot_steps >= self._settings.warm_up_s * STEPS_PER_S:
            self.state = self._judged(erle, echo, leak)

    def _judged(self, erle: ErleMeter, echo: EchoDelay, leak: EchoDelay) -> EchoState:
        """Return the state after the warm-up."""
        if leak.found_s > 0:
            return EchoState.NOT_CONVERGED
        if erle.audible_s < MIN_AUDIBLE_S:
            # a headphone, or a loudspeaker that is off; unless there is an echo, of which too
            # little stood out so far
            return EchoState.CONVERGED if echo.delay_ms is None else self.state
        is_enough = (erle.best_db or 0.0) >= self._settings.converged_erle_db
        return EchoState.CONVERGED if is_enough else EchoState.NOT_CONVERGED

    def _is_lost(self, erle: ErleMeter, leak: EchoDelay) -> bool:
        if leak.found_s >= self._settings.lost_s:
            return True
        return erle.audible_s >= ERLE_WINDOW_S and (
            (erle.best_db or 0.0) < self._settings.lost_erle_db
        )

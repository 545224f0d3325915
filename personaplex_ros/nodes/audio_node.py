# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""The lifecycle node that owns microphone and loudspeaker, or one of the two."""

import sys

from rclpy.lifecycle import State as LifecycleState
from rclpy.lifecycle import TransitionCallbackReturn

from personaplex_ros.audio.devices.base import DeviceError
from personaplex_ros.audio.devices.keeper import Presence
from personaplex_ros.audio.devices.part import Part
from personaplex_ros.audio.devices.portaudio import load_portaudio
from personaplex_ros.audio.devices.virtual import check_files
from personaplex_ros.nodes import parameters
from personaplex_ros.nodes.audio_reporting import AudioReporter
from personaplex_ros.nodes.audio_session import AudioSession
from personaplex_ros.nodes.audio_settings import AudioSettings
from personaplex_ros.nodes.audio_topics import AudioTopics
from personaplex_ros.nodes.main import run_node
from personaplex_ros.nodes.managed_node import ManagedNode
from personaplex_ros.nodes.visitor_cue import VisitorCue

SWITCH_INTERVAL_S = 0.000_5
"""CPython's 5 ms would let a callback of the node keep a block of the sound card waiting."""


class AudioNode(ManagedNode):
    """configure reads the settings; activate opens the device, which may come and go from then on.

    A device that is away is no failure: it is looked for, and /diagnostics tells.
    """

    def __init__(self, node_name: str = 'audio', **kwargs) -> None:
        super().__init__(node_name, **kwargs)
        self._settings: AudioSettings | None = None
        self._session: AudioSession | None = None
        parameters.declare(self, AudioSettings, self._why_locked)
        self._topics = AudioTopics(self, Part(self.get_parameter('part').value))
        self._cue = VisitorCue(self)
        self._reporter = AudioReporter(self)
        self._ticker = self.create_timer(1.0, self._on_tick)

    @property
    def session(self) -> AudioSession | None:
        """What runs between activation and deactivation."""
        return self._session

    @property
    def done(self) -> bool:
        """Whether a sound file in place of the microphone has been played."""
        session = self._session
        return session is not None and session.done

    def on_configure(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Read the settings."""
        try:
            settings = parameters.read(self, AudioSettings)
            _ = settings.playout, settings.echo_settings
            if settings.device == 'sound_card':
                load_portaudio()
            else:
                check_files(settings.virtual)
        except (ValueError, DeviceError) as error:
            self.get_logger().error(f'cannot configure: {error}')
            return TransitionCallbackReturn.FAILURE
        self._settings = settings
        return super().on_configure(state)

    def on_activate(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Open the device, now or as soon as it is there."""
        result = super().on_activate(state)
        if self._settings is not None:
            if self._settings.has_cue:
                self._cue.open()
            self._session = AudioSession(
                self._settings, self._topics, self._on_presence, lambda: self._cue.given
            )
            self._topics.open(self._session, self._settings.chunk_ms)
            self._session.start()
        return result

    def on_deactivate(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Close the device."""
        self._close()
        return super().on_deactivate(state)

    def destroy_node(self) -> None:
        """Close the device, then leave the graph."""
        self._leave()
        self._topics.stop()
        super().destroy_node()

    def _on_presence(self, presence: Presence, detail: str) -> None:
        """Log it; on the keeper's thread."""
        log = self.get_logger()
        if presence is Presence.OPEN:
            log.info(f'open: {detail}')
        elif presence is Presence.LOST:
            log.warning(f'no sound device: {detail}')

    def _on_tick(self) -> None:
        session, settings = self._session, self._settings
        if session is not None and settings is not None:
            self._topics.look()
            self._cue.look()
            self._reporter.tick(session, settings, self._topics.rejected, self._topics.dropped)

    def _close(self) -> None:
        """Undo activate; may be called in any state."""
        session, self._session = self._session, None
        self._topics.close()
        self._cue.close()
        if session is not None:
            session.stop()

    def _leave(self) -> None:
        """Close the device and forget the settings."""
        self._close()
        self._settings = None

    def _why_locked(self) -> str:
        return '' if self._settings is None else 'clean up the node first: it is configured'


def main() -> None:
    """Run the node until it is interrupted."""
    sys.setswitchinterval(SWITCH_INTERVAL_S)
    run_node(AudioNode)


if __name__ == '__main__':
    main()

# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""A PulseAudio of one's own, so that PortAudio has a real device where there is no sound card."""

from collections.abc import Iterator
from contextlib import contextmanager
from ctypes.util import find_library
from importlib.util import find_spec
import os
from pathlib import Path
import shutil
import signal
import subprocess
import time

PATIENCE_S = 15.0

PLUGINS = '/usr/lib'
PLUGIN = 'alsa-lib/libasound_module_pcm_pulse.so'

ALSA = """</usr/share/alsa/alsa.conf>
pcm.kiosk {{
  type asym
  playback.pcm {{ type pulse server "{server}" device room }}
  capture.pcm {{ type pulse server "{server}" device room.monitor }}
}}
pcm.nothing {{ type null }}
"""
"""The microphone of `kiosk` hears its loudspeaker, and `nothing` is a card without a clock."""


ASKED_FOR = 'PERSONAPLEX_SOUND_SERVER'
"""Environment variable: a sound server keeps no time on a machine that others use as well, and so
these tests are run where somebody looks at them."""


def why_not() -> str:
    """Return what is missing here, or ''."""
    if os.environ.get(ASKED_FOR) != '1':
        return f'{ASKED_FOR}=1 asks for it'
    for program in ('pulseaudio', 'pactl'):
        if shutil.which(program) is None:
            return f'{program} is not installed'
    if not any(Path(PLUGINS).glob(f'*/{PLUGIN}')):
        return 'libasound2-plugins is not installed'
    # not imported here: PortAudio would look for the user's own sound server
    if find_spec('sounddevice') is None or find_library('portaudio') is None:
        return 'sounddevice or libportaudio2 is not installed'
    return ''


class SoundServer:
    """A running daemon; `environment` is what a program needs to find it, and nothing else."""

    def __init__(self, folder: Path) -> None:
        self._socket = folder / 'socket'
        server = f'unix:{self._socket}'
        (folder / 'alsa.conf').write_text(ALSA.format(server=server))
        self.environment = {
            **os.environ,
            'HOME': str(folder),
            'XDG_RUNTIME_DIR': str(folder),
            'PULSE_SERVER': server,
            'ALSA_CONFIG_PATH': str(folder / 'alsa.conf'),
        }
        arguments = ['-n', '--daemonize=no', '--exit-idle-time=-1', '--disable-shm=true']
        protocol = f'module-native-protocol-unix socket={self._socket} auth-anonymous=1'
        environment = {k: v for k, v in self.environment.items() if k != 'PULSE_SERVER'}
        self._daemon = subprocess.Popen(
            ['pulseaudio', *arguments, '--use-pid-file=no', '-L', protocol],
            env=environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    def plug(self) -> bool:
        """Put the card in; return whether there is one then."""
        return self._pactl('load-module', 'module-null-sink', 'sink_name=room', 'rate=48000')

    def pull(self) -> bool:
        """Pull it out."""
        return self._pactl('unload-module', 'module-null-sink')

    def freeze(self) -> None:
        """Answer nobody any more, as a driver that hangs."""
        self._daemon.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Go on."""
        self._daemon.send_signal(signal.SIGCONT)

    def wait(self) -> bool:
        """Return whether it came up in time."""
        give_up_s = time.monotonic() + PATIENCE_S
        while self._daemon.poll() is None and time.monotonic() < give_up_s:
            if self._socket.exists() and self._pactl('info'):
                return True
            time.sleep(0.05)
        return False

    def stop(self) -> None:
        """End it."""
        self._daemon.terminate()
        try:
            self._daemon.wait(PATIENCE_S)
        except subprocess.TimeoutExpired:
            self._daemon.kill()
            self._daemon.wait()

    def _pactl(self, *arguments: str) -> bool:
        command = ['pactl', *arguments]
        try:
            done = subprocess.run(
                command, env=self.environment, capture_output=True, timeout=PATIENCE_S
            )
        except subprocess.TimeoutExpired:
            return False
        return done.returncode == 0


@contextmanager
def sound_server(folder: Path) -> Iterator[SoundServer | None]:
    """Give a daemon with a card in it, or None where it does not come up."""
    server = SoundServer(folder)
    try:
        yield server if server.wait() and server.plug() else None
    finally:
        server.stop()

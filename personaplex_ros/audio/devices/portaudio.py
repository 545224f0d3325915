# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""PortAudio itself, one for a whole process: loaded, scanned, held by streams, ended."""

import atexit
import importlib
from types import ModuleType

from personaplex_ros.audio.devices.base import DeviceError

_holders: list[tuple[ModuleType, object]] = []
"""Who has a stream, also while a driver opens or closes it, whichever thread of this process
waits for that: rescan() and the end of PortAudio would close the stream under it."""


def load_portaudio() -> ModuleType:
    """Return the module sounddevice; raises DeviceError that says what is missing."""
    try:
        portaudio = importlib.import_module('sounddevice')
    except ImportError:
        what = 'the Python package sounddevice is missing: pip install sounddevice'
    except OSError:
        what = 'PortAudio is missing: apt install libportaudio2'
    else:
        atexit.unregister(portaudio._exit_handler)
        atexit.unregister(end)
        atexit.register(end, portaudio)
        return portaudio
    raise DeviceError(f'{what}; or take device:=file or device:=loopback, which need none')


def hold(portaudio: ModuleType, holder: object) -> None:
    """Take it for a stream; raises DeviceError where the one before has not been let go of."""
    if _is_held(portaudio):
        raise DeviceError(
            'this process still has a stream: its driver hangs, and if it does not come back '
            'the node must be restarted; or another node has a card, which needs its own process'
        )
    _holders.append((portaudio, holder))


def let_go(portaudio: ModuleType, holder: object) -> None:
    """The holder's stream is closed."""
    _holders.remove((portaudio, holder))


def rescan(portaudio: ModuleType) -> None:
    """Let it see what was plugged in since; no stream may be open."""
    portaudio._terminate()
    portaudio._initialize()


def end(portaudio: ModuleType) -> None:
    """End with the process, in sounddevice's way, which would wait for a driver that hangs."""
    if not _is_held(portaudio):
        portaudio._exit_handler()


def _is_held(portaudio: ModuleType) -> bool:
    return any(held is portaudio for held, _ in _holders)

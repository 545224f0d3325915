# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""The sound devices of a machine, one line each."""

from collections.abc import Iterable
from collections.abc import Mapping
from types import ModuleType
from typing import Any


def listing(portaudio: ModuleType) -> list[str]:
    """Return a line a device, with its channels and an asterisk at the system's defaults."""
    return list(_lines(portaudio.query_devices(), portaudio.default.device))


def _lines(devices: Iterable[Mapping[str, Any]], default: tuple[int, int]) -> Iterable[str]:
    sides = (('microphone', 'input', default[0]), ('loudspeaker', 'output', default[1]))
    for device in devices:
        roles = [
            f'{role}{"*" if device["index"] == chosen else ""} ({device[f"max_{kind}_channels"]})'
            for role, kind, chosen in sides
            if device[f'max_{kind}_channels']
        ]
        rate_hz = round(device['default_samplerate'])
        used_as = ', '.join(roles) or 'unusable'
        yield f'{device["index"]}: {device["name"]}, {rate_hz} Hz, {used_as}'

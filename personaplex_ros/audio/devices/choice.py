# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""Which of a machine's sound devices is meant, and at which rate it can be opened."""

from collections.abc import Callable
from collections.abc import Iterable
from collections.abc import Mapping
from typing import Any

from personaplex_ros.audio.devices.base import DeviceError

RATES_HZ = (48_000, 24_000, 44_100, 32_000, 16_000, 96_000)
"""In this order, after the device's own: 48 kHz is what nearly all hardware does."""

DEFAULT = ''
"""The system's default device."""


def find(
    devices: Iterable[Mapping[str, Any]], wanted: str, kind: str, default: int
) -> Mapping[str, Any]:
    """Return the device that is meant.

    devices: as sounddevice.query_devices() gives them. wanted: '' for the default, an index, a
    name or a part of one (the first that fits, whatever its case). kind: 'input' or 'output'.
    Raises DeviceError that lists what is there.
    """
    usable = [device for device in devices if device[f'max_{kind}_channels'] > 0]
    if wanted == DEFAULT:
        found = [device for device in usable if device['index'] == default] or usable
    elif wanted.isdecimal():
        found = [device for device in usable if device['index'] == int(wanted)]
    else:
        name = wanted.lower()
        found = [device for device in usable if device['name'].lower() == name]
        found = found or [device for device in usable if name in device['name'].lower()]
    if found:
        return found[0]
    role = 'microphone' if kind == 'input' else 'loudspeaker'
    names = ', '.join(f'{device["index"]}: {device["name"]}' for device in usable) or 'none'
    meant = f'no {role} {wanted!r}' if wanted else f'no {role} at all'
    raise DeviceError(f'{meant}; have {names}')


def first_rate(own_hz: int, asked_hz: int, works: Callable[[int], str]) -> int:
    """Return the first sample rate that works; asked_hz 0 leaves the choice.

    works: returns why a rate does not work, or ''. Raises DeviceError naming what was tried.
    """
    candidates = [asked_hz] if asked_hz else list(dict.fromkeys((own_hz, *RATES_HZ)))
    reasons = {}
    for rate in candidates:
        reasons[rate] = works(rate)
        if not reasons[rate]:
            return rate
    tried = '; '.join(
        f'{_listed(reasons, why)} Hz: {why}' for why in dict.fromkeys(reasons.values())
    )
    raise DeviceError(f'no sample rate works ({tried})')


def _listed(reasons: Mapping[int, str], why: str) -> str:
    return ', '.join(str(rate) for rate, reason in reasons.items() if reason == why)

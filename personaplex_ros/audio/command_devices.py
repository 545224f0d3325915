# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""`personaplex-audio devices`: what there is to choose from."""

import argparse
import sys

from personaplex_ros.audio.devices.base import DeviceError
from personaplex_ros.audio.devices.portaudio import load_portaudio
from personaplex_ros.audio.doctor.listing import listing

NAME = 'devices'
SUMMARY = 'list microphones and loudspeakers by the names that the audio node takes'


def add_options(parser: argparse.ArgumentParser) -> None:
    """Declare the options: none."""


def run(options: argparse.Namespace) -> int:
    """Print a line a device, defaults with an asterisk; returns 1 where there is none."""
    try:
        lines = listing(load_portaudio())
    except DeviceError as error:
        print(error, file=sys.stderr)
        return 1
    if not lines:
        print('no sound devices; is the user in the group audio?', file=sys.stderr)
        return 1
    print('\n'.join(lines))
    return 0

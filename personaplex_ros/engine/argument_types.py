# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""Types of command-line options that say which values they take."""

import argparse
from collections.abc import Callable
import re


def torch_device(value: str) -> str:
    """Return a device that torch may have; an argparse type."""
    if not re.fullmatch(r'auto|cpu|cuda(:\d{1,2})?', value):
        raise argparse.ArgumentTypeError(f'{value!r}; expected auto, cpu, cuda or cuda:NUMBER')
    return value


def whole_number(lowest: int, highest: int) -> Callable[[str], int]:
    """Return an argparse type for whole numbers from lowest (0 or more) to highest."""

    def parse(value: str) -> int:
        if not value.isdecimal() or not lowest <= int(value) <= highest:
            raise argparse.ArgumentTypeError(
                f'{value!r}; expected a whole number from {lowest} to {highest}'
            )
        return int(value)

    return parse

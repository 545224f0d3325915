# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""Bytes as people read them."""


def gigabytes(nbytes: float) -> str:
    """Return '15.76 GB' or, below a tenth of that unit, '48.2 MB' or '12.3 kB'."""
    for unit, size in (('GB', 1e9), ('MB', 1e6)):
        if abs(nbytes) >= size / 10:
            return f'{nbytes / size:.2f} {unit}' if unit == 'GB' else f'{nbytes / size:.1f} {unit}'
    return f'{nbytes / 1e3:.1f} kB'

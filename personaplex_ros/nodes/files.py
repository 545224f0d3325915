# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""Where this package's files are: in the source tree, a ROS installation or a pip one."""

from pathlib import Path
import sys

PACKAGE = 'personaplex_ros'


def package_file(*parts: str) -> Path:
    """Return the path of an installed file such as ('config', 'personas.yaml').

    Raises FileNotFoundError that lists the places looked at.
    """
    places = [place.joinpath(*parts) for place in _shares()]
    for place in places:
        if place.is_file():
            return place
    raise FileNotFoundError(f'{"/".join(parts)} is in none of: {", ".join(map(str, places))}')


def _shares() -> list[Path]:
    shares = [Path(__file__).resolve().parents[2]]
    try:
        from ament_index_python.packages import get_package_share_directory

        shares.append(Path(get_package_share_directory(PACKAGE)))
    except (ImportError, LookupError):
        pass  # no ROS here, or the package is not in a sourced workspace
    return [*shares, Path(sys.prefix) / 'share' / PACKAGE]

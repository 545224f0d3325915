# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""The embedded ROS graph: lets rclpy nodes run in one process where ROS 2 is not installed.

Importing it changes nothing. `install()` is called by a line of a .pth file at every start of the
interpreter, so both stay cheap.
"""


def install() -> None:
    """Offer the embedded graph to imports that nobody else can serve; once per process."""
    import sys

    from embedded_ros.finder import EmbeddedFinder

    if not any(isinstance(finder, EmbeddedFinder) for finder in sys.meta_path):
        sys.meta_path.append(EmbeddedFinder())

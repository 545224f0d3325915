# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""rclpy's Context: the arguments of the process, the domain, and whether it was shut down."""

import os
import sys
import threading
import weakref

from embedded_ros.extension.destroyable import Destroyable
from embedded_ros.extension.exceptions import RCLError
from embedded_ros.extension.ros_arguments import parse_ros_arguments
from embedded_ros.graph.domain import domain_of

RCL_DEFAULT_DOMAIN_ID = 2**64 - 1  # rcl/domain_id.h: take ROS_DOMAIN_ID, or 0
MAX_DOMAIN_ID = 232  # beyond it UDP ports overflow on a real network

NOTICE = 'no ROS 2 found: embedded graph (rclpy 3.3 Python layer, in-process)'

_first_init = threading.Lock()  # taken once and never given back
_valid_contexts: 'weakref.WeakSet[Context]' = weakref.WeakSet()


class Context(Destroyable):
    """One init/shutdown cycle.

    args: the command line. domain_id: RCL_DEFAULT_DOMAIN_ID takes it from ROS_DOMAIN_ID.
    Raises UnknownROSArgsError, RCLInvalidROSArgsError or RCLError for bad arguments.
    """

    def __init__(self, args: list[str], domain_id: int) -> None:
        self.arguments = parse_ros_arguments(args, during='failed to initialize rcl')
        self.enclave = self.arguments.enclave or '/'
        self._domain_id = _domain_id(domain_id)
        self.domain = domain_of(self._domain_id)
        self._valid = True
        super().__init__()
        self.pointer = id(self)
        _valid_contexts.add(self)
        if _first_init.acquire(blocking=False):
            print(NOTICE, file=sys.stderr, flush=True)

    def get_domain_id(self) -> int:
        """Return the number of the domain."""
        return self._domain_id

    def ok(self) -> bool:
        """Return whether the context was not shut down yet."""
        return self._valid

    def shutdown(self) -> None:
        """End the context; nothing can be created or published with it any more."""
        if not self._valid:
            raise RCLError('failed to shutdown: rcl_shutdown already called on the given context')
        self.invalidate()

    def invalidate(self) -> None:
        """Shut down without complaint; safe in a signal handler."""
        self._valid = False

    def check_valid(self, what_failed: str) -> None:
        """Raise RCLError when the context was shut down."""
        if not self._valid:
            raise RCLError(
                f'{what_failed}: the given context is not valid, '
                'either rcl_init() was not called or rcl_shutdown() was called.'
            )

    def _release(self) -> None:
        self.invalidate()


def shutdown_contexts() -> None:
    """End every context of the process, as a signal does."""
    for context in list(_valid_contexts):
        context.invalidate()


def _domain_id(requested: int) -> int:
    if requested != RCL_DEFAULT_DOMAIN_ID:
        domain_id = requested
    else:
        text = os.environ.get('ROS_DOMAIN_ID') or '0'
        if not text.isdecimal():
            raise RCLError(f"failed to initialize rcl: ROS_DOMAIN_ID is '{text}', not a number")
        domain_id = int(text)
    if not 0 <= domain_id <= MAX_DOMAIN_ID:
        raise RCLError(
            f'failed to initialize rcl: domain id {domain_id} is not in 0 .. {MAX_DOMAIN_ID}'
        )
    return domain_id

# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""The socket that callers connect to, and the file that tells a launcher its port."""

import os
from pathlib import Path
import socket

from personaplex_ros.engine.failure import StartFailure

BACKLOG = 128
"""Connections that may wait to be taken; with few of them a burst costs its callers a second."""


def listen(host: str, port: int) -> socket.socket:
    """Return a listening socket; port 0 takes a free one. Raises StartFailure."""
    try:
        family, address = _resolve(host, port)
        return socket.create_server(address, family=family, backlog=BACKLOG)
    except OSError as error:
        reason = os.strerror(error.errno) if error.errno and error.errno > 0 else error
        raise StartFailure(
            f'cannot listen on {host} port {port} ({reason}); '
            'stop what uses it, or choose another --port or --host'
        ) from None


def _resolve(host: str, port: int) -> tuple[int, tuple]:
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    # localhost may stand for both families; IPv4 first, as our callers' default URL says.
    family, _, _, _, address = min(found, key=lambda info: info[0] != socket.AF_INET)
    return family, address


class PortFile:
    """A file that exists, whole, exactly while the server listens."""

    def __init__(self, path: Path) -> None:
        """Remove what an earlier process left. Raises StartFailure for an impossible path."""
        self._path = path
        try:
            path.unlink(missing_ok=True)
            self.write(0)
            path.unlink()
        except OSError as error:
            raise StartFailure(
                f'--port-file {path} cannot be written ({error.strerror}); choose another path'
            ) from None

    def write(self, port: int) -> None:
        """Write the port in one step: a reader sees all of it or nothing."""
        partial = self._path.with_name(f'.{self._path.name}.{os.getpid()}')
        partial.write_text(f'{port}\n', encoding='ascii')
        os.replace(partial, self._path)

    def remove(self) -> None:
        """The server listens no more."""
        self._path.unlink(missing_ok=True)

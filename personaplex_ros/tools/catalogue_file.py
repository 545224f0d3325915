# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""A tools.yaml that is watched: a changed file is taken only if it is valid."""

from pathlib import Path

from personaplex_ros.tools.catalogue import Catalogue
from personaplex_ros.tools.interfaces import Interfaces
from personaplex_ros.tools.loading import CatalogueError
from personaplex_ros.tools.loading import load_catalogue

_Stamp = tuple[int, int, int]


class CatalogueFile:
    """The file and the last valid catalogue that was in it."""

    def __init__(self, path: Path, interfaces: Interfaces | None = None) -> None:
        """Read the file. Raises CatalogueError: without a valid one there is nothing to begin."""
        self._path = path
        self._interfaces = interfaces
        self._stamp = self._look()
        self.catalogue = load_catalogue(path, interfaces)

    def poll(self) -> tuple[Catalogue | None, str]:
        """Look for a change.

        Returns (catalogue, '') where a valid one was found, (None, problems) where the change is
        not valid and the old one stays, and (None, '') where nothing has changed.
        """
        stamp = self._look()
        if stamp == self._stamp:
            return None, ''
        self._stamp = stamp
        try:
            self.catalogue = load_catalogue(self._path, self._interfaces)
        except CatalogueError as error:
            return None, str(error)
        return self.catalogue, ''

    def _look(self) -> _Stamp:
        try:
            status = self._path.stat()
        except OSError:
            return (0, 0, 0)
        return (status.st_mtime_ns, status.st_size, status.st_ino)

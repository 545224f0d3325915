# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""Copies parts of files block by block, so that gigabytes never stand in memory."""

from collections.abc import Callable
from collections.abc import Iterable
from collections.abc import Iterator
from dataclasses import dataclass
import hashlib
import os
from pathlib import Path

BLOCK_BYTES = 8 * 2**20

Advance = Callable[[int], None]
"""Told how many more bytes are done."""


@dataclass(frozen=True)
class ByteRange:
    """A part of a file."""

    start: int
    size: int


@dataclass(frozen=True)
class Written:
    """A file as it was written."""

    size: int
    sha256: str


def copy_ranges(
    source: Path, ranges: Iterable[ByteRange], target: Path, advance: Advance, head: bytes = b''
) -> Written:
    """Write head and the ranges of source into target, down to the disk.

    Raises OSError, also where source ends before a range does.
    """
    digest = hashlib.sha256(head)
    size = len(head)
    with source.open('rb') as file, target.open('wb') as out:
        out.write(head)
        for part in ranges:
            for block in _blocks(file, part, source):
                out.write(block)
                digest.update(block)
                size += len(block)
                advance(len(block))
        out.flush()
        os.fsync(out.fileno())
    return Written(size, digest.hexdigest())


def copy_whole(source: Path, target: Path, advance: Advance) -> Written:
    """Copy a file; raises OSError."""
    return copy_ranges(source, [ByteRange(0, source.stat().st_size)], target, advance)


def hash_file(path: Path, advance: Advance) -> Written:
    """Read a file; raises OSError."""
    digest = hashlib.sha256()
    size = path.stat().st_size
    with path.open('rb') as file:
        for block in _blocks(file, ByteRange(0, size), path):
            digest.update(block)
            advance(len(block))
    return Written(size, digest.hexdigest())


def _blocks(file, part: ByteRange, path: Path) -> Iterator[bytes]:
    file.seek(part.start)
    left = part.size
    while left:
        block = file.read(min(left, BLOCK_BYTES))
        if not block:
            raise OSError(f'{path} became shorter while it was read')
        left -= len(block)
        yield block

# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""conversion.json: where a model directory came from, and the checksum of each of its files."""

from dataclasses import asdict
from dataclasses import dataclass
import json
from pathlib import Path

from personaplex_ros.model.checkpoint import CheckpointError
from personaplex_ros.model.convert_copy import hash_file
from personaplex_ros.model.convert_copy import Written
from personaplex_ros.model.convert_progress import Progress

RECORD_NAME = 'conversion.json'


@dataclass(frozen=True)
class Origin:
    """Where the published files came from."""

    source: str
    """Hugging Face id or folder."""

    revision: str | None = None
    """Commit of the repository; None for a folder."""


def write_record(directory: Path, origin: Origin, files: dict[str, Written]) -> None:
    """Write conversion.json; files: by their path within the directory."""
    record = asdict(origin) | {'files': {name: asdict(one) for name, one in files.items()}}
    (directory / RECORD_NAME).write_text(json.dumps(record, indent=2) + '\n', encoding='utf-8')


def verify(directory: Path, progress: Progress) -> Origin:
    """Read every file again and compare; raises CheckpointError for the first that differs."""
    origin, files = _read_record(directory)
    for name, expected in files.items():
        if not (directory / name).is_file():
            raise CheckpointError(f'{directory / name}: no such file; it was there when converted')
        size = (directory / name).stat().st_size
        if size != expected.size:
            raise CheckpointError(
                f'{directory / name}: {size} bytes; {expected.size} were written: convert again'
            )
    with progress('verifying', sum(one.size for one in files.values())) as advance:
        for name, expected in files.items():
            if hash_file(directory / name, advance) != expected:
                raise CheckpointError(
                    f'{directory / name}: its sha256 is not the one that was written '
                    f'({expected.sha256[:12]}...): the file is damaged, convert again'
                )
    return origin


def _read_record(directory: Path) -> tuple[Origin, dict[str, Written]]:
    path = directory / RECORD_NAME
    try:
        record = json.loads(path.read_text(encoding='utf-8'))
        files = {name: Written(**one) for name, one in record['files'].items()}
        return Origin(record['source'], record['revision']), files
    except FileNotFoundError:
        raise CheckpointError(
            f'{path}: no such file; only what `personaplex-engine convert` wrote can be verified'
        ) from None
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise CheckpointError(f'{path}: cannot be read ({error})') from None

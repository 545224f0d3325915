# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""Fetches a published model into Hugging Face's cache: refusals first, gigabytes last."""

import errno
import logging
import os
from pathlib import Path
import re
import shutil

from huggingface_hub import constants
from huggingface_hub import hf_hub_download
from huggingface_hub import HfApi
from huggingface_hub import try_to_load_from_cache
from huggingface_hub.errors import GatedRepoError
from huggingface_hub.errors import HfHubHTTPError
from huggingface_hub.errors import OfflineModeIsEnabled
from huggingface_hub.errors import RepositoryNotFoundError
from huggingface_hub.errors import RevisionNotFoundError
from huggingface_hub.utils import logging as hub_logging

from personaplex_ros.engine.failure import StartFailure
from personaplex_ros.model.convert_copy import hash_file
from personaplex_ros.model.convert_progress import Progress

TOKEN_VARIABLE = 'HF_TOKEN'
"""The only place a token is read from; it is handed to huggingface_hub and shown nowhere."""

DEFAULT_REVISION = 'main'
"""No commit of nvidia/personaplex-7b-v1 could be verified when this was written (it is gated), so
none is pinned: what was taken is said and recorded, and --revision COMMIT takes that again."""

FILES = (
    'tokenizer_spm_32k_3.model',
    'voices.tgz',
    'tokenizer-e351c8d8-checkpoint125.safetensors',
    'model.safetensors',
)
"""Smallest first: a refusal comes with the first, before gigabytes are fetched."""

DESCRIPTION = 'config.json'
"""Fetched where there is one; in NVIDIA's repository it only counts downloads."""

TIMEOUT_S = 10.0
SPARE_BYTES = 64 * 2**20

_SHA256 = re.compile(r'[0-9a-f]{64}')


class Download:
    """One repository at one revision."""

    def __init__(self, repository: str, revision: str | None = None) -> None:
        """repository: owner/name. revision: None takes DEFAULT_REVISION."""
        hub_logging.set_verbosity_error()
        for http_client in ('httpx', 'httpx2'):  # they log every request as INFO
            logging.getLogger(http_client).setLevel(logging.WARNING)
        self._repository = repository
        self._revision = revision or DEFAULT_REVISION
        self._endpoint = constants.ENDPOINT.rstrip('/')
        self._cache = Path(constants.HF_HUB_CACHE)
        self._token = os.environ.get(TOKEN_VARIABLE, '').strip()

    def fetch(self, destination: Path, progress: Progress) -> Path:
        """Return the folder of the files, named as their commit; nothing is sent if it is there.

        destination: where the model directory will be, whose disk has to hold it too.
        Raises StartFailure with one line.
        """
        folder = self._cached()
        if folder is None:
            folder = self._download(destination)
        self._check_hashes(folder, progress)
        return folder

    def _cached(self) -> Path | None:
        found = [
            try_to_load_from_cache(
                self._repository, name, cache_dir=self._cache, revision=self._revision
            )
            for name in FILES
        ]
        if all(isinstance(path, str) for path in found):
            return Path(str(found[0])).parent
        return None

    def _download(self, destination: Path) -> Path:
        try:
            names = self._check_before(destination)
            folders = {
                Path(
                    hf_hub_download(
                        self._repository,
                        name,
                        revision=self._revision,
                        cache_dir=self._cache,
                        endpoint=self._endpoint,
                        token=self._token or False,
                    )
                ).parent
                for name in names
            }
        except StartFailure:
            raise
        except Exception as error:  # huggingface_hub lets those of its HTTP library through
            raise StartFailure(self._explain(error)) from None
        if len(folders) > 1:
            raise StartFailure(f'{self._repository} changed while it was fetched; run again')
        return folders.pop()

    def _check_before(self, destination: Path) -> list[str]:
        """Ask for names and sizes, refuse what cannot end well, return what to fetch."""
        info = HfApi(endpoint=self._endpoint, token=self._token or False).model_info(
            self._repository, revision=self._revision, files_metadata=True, timeout=TIMEOUT_S
        )
        sizes = {one.rfilename: one.size or 0 for one in info.siblings or ()}
        for name in FILES:
            if name not in sizes:
                raise StartFailure(
                    f'{self._repository} has no {name}; expected the files of PersonaPlex'
                )
        if info.gated and not self._token:
            raise StartFailure(self._without_token())
        missing = sum(
            sizes[name]
            for name in FILES
            if not isinstance(
                try_to_load_from_cache(self._repository, name, self._cache, info.sha), str
            )
        )
        written = sum(sizes[name] for name in FILES)  # a little less once it is converted
        check_disks([(self._cache, missing), (destination, written)])
        return [name for name in (DESCRIPTION, *FILES) if name in sizes]

    def _check_hashes(self, folder: Path, progress: Progress) -> None:
        """Compare what large files hold with their sha256, which is the name of the cached blob.

        Small files are named by git's hash of them and checked where they are parsed.
        """
        blobs = {name: (folder / name).resolve() for name in FILES}
        hashed = {name: path for name, path in blobs.items() if _SHA256.fullmatch(path.name)}
        total = sum(path.stat().st_size for path in hashed.values())
        with progress('checking', total) as advance:
            for name, path in hashed.items():
                sha256 = hash_file(path, advance).sha256
                if sha256 != path.name:
                    raise StartFailure(
                        f'{name}: its sha256 is {sha256[:12]}..., {self._repository} says '
                        f'{path.name[:12]}...; delete {path} and run again'
                    )

    def _explain(self, error: Exception) -> str:
        """Say in one line what huggingface_hub says in many."""
        name, status = self._repository, _status(error)
        if isinstance(error, GatedRepoError):
            if not self._token:
                return self._without_token()
            if status == 403:
                return (
                    f'{name}: its licence is not accepted yet: open {self._endpoint}/{name}, '
                    f'accept it with the account of {TOKEN_VARIABLE}, and run again'
                )
        if isinstance(error, RevisionNotFoundError):
            return f'{name} has no revision {self._revision!r}; give a commit, tag or branch'
        if self._token and status == 401 and not _is_not_found(error):
            return f'{self._host} does not accept the token in {TOKEN_VARIABLE}; make a new one'
        if isinstance(error, RepositoryNotFoundError):
            return (
                f'{name} is no folder here, and {self._host} knows no such model, '
                f'or it is private and {TOKEN_VARIABLE} does not open it'
            )
        if isinstance(error, OfflineModeIsEnabled):
            return f'{name} is not in {self._cache} and HF_HUB_OFFLINE forbids to fetch it'
        if isinstance(error, OSError) and error.errno == errno.ENOSPC:
            return f'{self._cache}: the disk is full; what was fetched so far is kept'
        if status is not None:
            return f'{self._host} answered {status} for {name}; try again later'
        return (
            f'{name} is no folder here and cannot be fetched from {self._host} '
            f'({_first_line(error)}): check the network and run again; what was fetched is kept'
        )

    def _without_token(self) -> str:
        return (
            f'{self._repository} needs a token: accept its licence at '
            f'{self._endpoint}/{self._repository}, make a token with read access at '
            f'{self._endpoint}/settings/tokens and set {TOKEN_VARIABLE}'
        )

    @property
    def _host(self) -> str:
        return self._endpoint.partition('://')[2]


def check_disks(needs: list[tuple[Path, int]]) -> None:
    """Raise StartFailure where the disks of these folders cannot hold as many more bytes."""
    places = [(_existing(folder), size) for folder, size in needs]
    together: dict[int, int] = {}
    for place, size in places:
        disk = place.stat().st_dev
        together[disk] = together.get(disk, 0) + size
    for place, _ in places:
        needed, free = together[place.stat().st_dev], shutil.disk_usage(place).free
        if needed + SPARE_BYTES > free:
            raise StartFailure(
                f'{place}: the disk is too small: {needed / 1e9:.1f} GB are needed for the '
                f'download and the model directory, {free / 1e9:.1f} GB are free'
            )


def _existing(folder: Path) -> Path:
    folder = folder.absolute()
    while not folder.is_dir():
        folder = folder.parent
    return folder


def _status(error: Exception) -> int | None:
    response = getattr(error, 'response', None) if isinstance(error, HfHubHTTPError) else None
    return None if response is None else response.status_code


def _is_not_found(error: Exception) -> bool:
    return isinstance(error, RepositoryNotFoundError) and not isinstance(error, GatedRepoError)


def _first_line(error: Exception) -> str:
    lines = str(error).strip().splitlines()
    return f'{type(error).__name__}: {lines[0]:.120}' if lines else type(error).__name__

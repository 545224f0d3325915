# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""A Hugging Face of one repository on loopback, with the refusals of the real one."""

from contextlib import contextmanager
from dataclasses import dataclass
from dataclasses import field
import hashlib
from http.server import BaseHTTPRequestHandler
from http.server import ThreadingHTTPServer
import json
from pathlib import Path
import threading
from urllib.parse import unquote
from urllib.parse import urlsplit

COMMIT = 'c0ffee' + 34 * '0'
REPOSITORY = 'nvidia/personaplex-7b-v1'
LARGE = ('.safetensors', '.tgz')
"""Kept by sha256, as git-lfs does; other files by git's own hash."""


@dataclass
class FakeHub:
    """Answers and refuses as huggingface.co does; change the fields, then ask."""

    folder: Path
    gated: bool = True
    tokens: dict[str, bool] = field(default_factory=lambda: {'hf_good': True, 'hf_new': False})
    """Token -> whether its account accepted the licence."""

    damaged: str | None = None
    """Name of a file whose content does not have the hash that is told."""

    said_sizes: dict[str, int] = field(default_factory=dict)
    """Sizes that are told instead of the true ones."""

    status: int | None = None
    """Answer everything with this."""

    endpoint: str = ''
    asked: list[str] = field(default_factory=list)
    """Method and path of every request."""

    def answer(self, method: str, path: str, token: str | None) -> tuple[int, dict, bytes]:
        """Return status, headers and body."""
        self.asked.append(f'{method} {path}')
        if self.status:
            return self.status, {}, b''
        if token is not None and token not in self.tokens:
            return 401, {'X-Error-Message': 'Invalid credentials in Authorization header'}, b''
        if path.startswith('/api/models/'):
            repository, _, revision = path[len('/api/models/') :].partition('/revision/')
            return self._refused(repository, revision) or self._info()
        repository, _, rest = path[1:].partition('/resolve/')
        revision, _, name = rest.partition('/')
        return self._refused(repository, revision) or self._gate(token) or self._file(name)

    def _refused(self, repository: str, revision: str):
        if repository != REPOSITORY:
            return 401, {'X-Error-Code': 'RepoNotFound'}, b''
        if revision not in ('', 'main', COMMIT):
            return 404, {'X-Error-Code': 'RevisionNotFound'}, b''
        return None

    def _gate(self, token: str | None):
        if not self.gated or self.tokens.get(token or ''):
            return None
        return (401 if token is None else 403), {'X-Error-Code': 'GatedRepo'}, b''

    def _info(self):
        siblings = []
        for path in sorted(self.folder.iterdir()):
            size = self.said_sizes.get(path.name, path.stat().st_size)
            one = {'rfilename': path.name, 'size': size, 'blobId': 40 * 'a'}
            if path.suffix in LARGE:
                one['lfs'] = {'sha256': _hash(path), 'size': size, 'pointerSize': 130}
            siblings.append(one)
        info = {'id': REPOSITORY, 'sha': COMMIT, 'siblings': siblings, 'tags': [], 'downloads': 0}
        info['gated'] = 'manual' if self.gated else False
        return 200, {'Content-Type': 'application/json'}, json.dumps(info).encode()

    def _file(self, name: str):
        path = self.folder / name
        if not path.is_file():
            return 404, {'X-Error-Code': 'EntryNotFound'}, b''
        content = path.read_bytes()
        if name == self.damaged:
            content = bytes([content[0] ^ 1]) + content[1:]
        headers = {'X-Repo-Commit': COMMIT, 'ETag': f'"{_hash(path)}"'}
        return 200, headers, content


def _hash(path: Path) -> str:
    content = path.read_bytes()
    if path.suffix in LARGE:
        return hashlib.sha256(content).hexdigest()
    return hashlib.sha1(b'blob %d\0' % len(content) + content).hexdigest()


@contextmanager
def serve_hub(folder: Path):
    """Run a hub that holds the files of folder."""
    hub = FakeHub(folder)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            token = self.headers.get('Authorization', '').removeprefix('Bearer ') or None
            path = unquote(urlsplit(self.path).path)
            status, headers, body = hub.answer(self.command, path, token)
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header('Content-Length', str(len(body)))
            self.end_headers()
            if self.command != 'HEAD':
                self.wfile.write(body)

        do_HEAD = do_GET  # noqa: N815

        def log_message(self, *args):
            """Say nothing."""

    server = ThreadingHTTPServer(('127.0.0.1', 0), Handler)
    hub.endpoint = f'http://127.0.0.1:{server.server_port}'
    thread = threading.Thread(target=server.serve_forever, kwargs={'poll_interval': 0.05})
    thread.start()
    try:
        yield hub
    finally:
        server.shutdown()
        server.server_close()
        thread.join()

# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""`make setup` makes .venv once and keeps it: what runs from it goes on while it is updated."""

import importlib.util
import io
import os
from pathlib import Path
import shutil
import subprocess
import sys
from types import ModuleType
from types import SimpleNamespace
import venv

import pytest

ROOT = Path(__file__).resolve().parents[2]


class Checkout:
    """A copy of what setup looks at; nothing is downloaded, pip only notes what it is asked."""

    def __init__(self, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        for name in ('scripts/setup_env.py', 'setup.py', 'embedded/embedded_ros/rclpy_layer.txt'):
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, root / name)
        shutil.copytree(ROOT / 'requirements', root / 'requirements')
        self.root = root
        self.installed: list[tuple[str, ...]] = []
        self.pip_fails = False
        self.pip_is_led = False
        self.is_online = True
        self.setup = _load(root / 'scripts' / 'setup_env.py')
        monkeypatch.setattr(self.setup, 'subprocess', SimpleNamespace(run=_make_without_pip))
        monkeypatch.setattr(self.setup, '_pip', self._pip)
        monkeypatch.setattr(self.setup, '_is_pip_led', lambda: self.pip_is_led)
        monkeypatch.setattr(self.setup, 'GPU_SIGNS', (str(root / 'gpu'),))
        monkeypatch.setattr(self.setup.urllib.request, 'urlopen', self._ask)
        monkeypatch.setattr(self.setup, '_install_embedded', lambda: None)

    def set_up(self) -> int:
        """Run it; return its exit status."""
        return self.setup.main()

    def require_more(self) -> None:
        """Change what is required."""
        with (self.root / 'requirements' / 'nodes.txt').open('a') as file:
            file.write('something-more\n')

    @property
    def mark(self) -> Path:
        """A file that is gone when .venv was made anew."""
        return self.root / '.venv' / 'mark'

    def _ask(self, url: str, timeout: float) -> io.BytesIO:
        assert url.startswith(self.setup.CPU_BUILDS)
        if not self.is_online:
            raise OSError('no such host')
        return io.BytesIO()

    def _pip(self, *arguments: str) -> None:
        if self.pip_fails:
            raise self.setup.SetupError('no network')
        self.installed.append(arguments)


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Checkout:
    made = Checkout(tmp_path, monkeypatch)
    assert made.set_up() == 0
    made.mark.touch()
    made.installed.clear()
    return made


def test_nothing_is_done_where_nothing_changed(checkout: Checkout) -> None:
    assert checkout.set_up() == 0
    assert not checkout.installed


def test_a_changed_requirement_is_installed_and_the_environment_stays(checkout: Checkout) -> None:
    checkout.require_more()
    assert checkout.set_up() == 0
    assert checkout.installed
    assert checkout.mark.exists()


def test_another_python_makes_it_anew(checkout: Checkout, monkeypatch) -> None:
    monkeypatch.setattr(checkout.setup.sys, 'version', '3.99.0 (of tomorrow)')
    assert checkout.set_up() == 0
    assert checkout.installed
    assert not checkout.mark.exists()


def _has_cpu_builds(checkout: Checkout) -> bool:
    checkout.require_more()
    assert checkout.set_up() == 0
    packages = checkout.installed[0]
    assert '-r' in packages
    return packages[:2] == ('--extra-index-url', checkout.setup.CPU_BUILDS)


def test_torch_comes_without_cuda_where_no_gpu_is(checkout: Checkout) -> None:
    assert _has_cpu_builds(checkout)


def test_torch_comes_with_cuda_where_a_gpu_is(checkout: Checkout) -> None:
    (checkout.root / 'gpu').touch()
    assert not _has_cpu_builds(checkout)


def test_torch_comes_from_where_pip_was_led(checkout: Checkout) -> None:
    checkout.pip_is_led = True
    assert not _has_cpu_builds(checkout)


def test_torch_comes_from_the_registry_where_its_own_index_cannot_be_reached(
    checkout: Checkout,
) -> None:
    checkout.is_online = False
    assert not _has_cpu_builds(checkout)


@pytest.mark.parametrize(
    ('name', 'value', 'is_led'),
    [
        ('PIP_INDEX_URL', 'https://example.org/simple', True),
        ('PIP_EXTRA_INDEX_URL', 'https://example.org/simple', True),
        ('PIP_FIND_LINKS', '/wheels', True),
        ('PIP_TIMEOUT', '7', False),
    ],
)
def test_pip_is_asked_whether_somebody_has_led_it(monkeypatch, name, value, is_led) -> None:
    setup = _load(ROOT / 'scripts' / 'setup_env.py')
    monkeypatch.setattr(setup, 'PYTHON', Path(sys.executable))
    for variable in [variable for variable in os.environ if variable.startswith('PIP_')]:
        monkeypatch.delenv(variable)
    monkeypatch.setenv('PIP_CONFIG_FILE', os.devnull)
    monkeypatch.setenv(name, value)
    assert setup._is_pip_led() is is_led


def test_a_setup_that_was_stopped_goes_on_and_is_not_taken_for_ready(checkout: Checkout) -> None:
    before = (checkout.root / 'requirements' / 'nodes.txt').read_bytes()
    checkout.require_more()
    checkout.pip_fails = True
    assert checkout.set_up() == 1
    checkout.pip_fails = False
    (checkout.root / 'requirements' / 'nodes.txt').write_bytes(before)  # it may be half updated
    assert checkout.set_up() == 0
    assert checkout.installed
    assert checkout.mark.exists()


def test_an_environment_that_was_never_whole_is_made_anew(checkout: Checkout) -> None:
    checkout.setup.MADE.unlink()
    checkout.require_more()
    assert checkout.set_up() == 0
    assert not checkout.mark.exists()


def _load(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location('setup_env_under_test', path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _make_without_pip(command: list[str], **_: object) -> subprocess.CompletedProcess:
    """Stand for `python -m venv FOLDER`, which takes seconds where it brings pip too."""
    assert command[:3] == [sys.executable, '-m', 'venv']
    venv.create(command[3])
    return subprocess.CompletedProcess(command, 0)

# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""The command line as a process: clear lines, exit statuses, port file, parent."""

import ast
from pathlib import Path
import signal
import socket
import subprocess
import sys
import time
import xml.etree.ElementTree

from process import COMMAND
from process import environment
from process import PATIENCE_S
from process import run_engine
from process import served
from process import wait_for_port
import pytest

from personaplex_ros.engine import VERSION

ROOT = Path(__file__).parents[2]
ENGINE = ROOT / 'personaplex_ros' / 'engine'
MEASURING = ('bench', 'doctor')

CANNOT_START = {
    'no command': ([], 'COMMAND'),
    'unknown command': (['dance'], 'dance'),
    'unknown option': (['serve', '--loud'], '--loud'),
    'port that is no number': (['serve', '--port', 'abc'], "'abc'"),
    'port out of range': (['serve', '--port', '70000'], '65535'),
    'no threads': (['serve', '--threads', '0'], '--threads'),
    'negative hold': (['serve', '--hold-ms', '-5'], '--hold-ms'),
    'hold that is no number': (['serve', '--hold-ms', 'nan'], '--hold-ms'),
    'unknown device': (['serve', '--device', 'tpu'], 'tpu'),
    'off loopback without token': (['serve', '--host', '0.0.0.0'], 'PERSONAPLEX_TOKEN'),
    'every address without token': (['serve', '--host', ''], 'PERSONAPLEX_TOKEN'),
    'token with spaces': (['serve', '--token', 'open sesame'], 'token'),
    'address of another machine': (
        ['serve', '--host', '192.0.2.1', '--token', 'secret'], '192.0.2.1'
    ),
    'port file in no folder': (['serve', '--port-file', '/nowhere/port'], '/nowhere/port'),
}  # fmt: skip


@pytest.mark.parametrize(('arguments', 'named'), CANNOT_START.values(), ids=CANNOT_START.keys())
def test_what_cannot_start_says_so_in_one_line(arguments: list[str], named: str) -> None:
    ended = run_engine(*arguments)
    assert ended.returncode == 2
    assert ended.stderr.count('\n') == 1, ended.stderr
    assert named in ended.stderr
    assert ended.stdout == ''


def test_a_port_in_use_is_told_in_one_line() -> None:
    with socket.create_server(('127.0.0.1', 0)) as taken:
        port = taken.getsockname()[1]
        ended = run_engine('serve', '--port', str(port))
    assert ended.returncode == 2
    assert ended.stderr.count('\n') == 1
    assert str(port) in ended.stderr
    assert 'in use' in ended.stderr


@pytest.mark.parametrize('model', ['missing', 'empty'])
def test_a_bad_model_directory_is_told_in_one_line(tmp_path: Path, model: str) -> None:
    (tmp_path / 'empty').mkdir()
    ended = run_engine('serve', '--port', '0', '--model', str(tmp_path / model))
    assert ended.returncode == 2
    assert ended.stderr.count('\n') == 1, ended.stderr
    assert str(tmp_path / model) in ended.stderr


def test_help_lists_every_command() -> None:
    ended = run_engine('--help')
    assert ended.returncode == 0
    assert {'serve', 'offline', 'convert', 'doctor', 'bench'} <= set(ended.stdout.split())


@pytest.mark.parametrize('number', [signal.SIGINT, signal.SIGTERM])
def test_a_signal_while_loading_ends_it_with_status_0(tmp_path: Path, number: int) -> None:
    port_file = tmp_path / 'port'
    with served(port_file) as running:
        running.process.send_signal(number)
        assert running.process.wait(PATIENCE_S) == 0
        assert not port_file.exists()


def test_an_old_port_file_is_not_mistaken_for_the_new_one(tmp_path: Path) -> None:
    port_file = tmp_path / 'port'
    port_file.write_text('1\n')
    ended = run_engine(
        'serve', '--port-file', str(port_file), '--host', '192.0.2.1', '--token', 't'
    )
    assert ended.returncode == 2
    assert not port_file.exists()


def test_it_ends_with_the_parent_that_started_it(tmp_path: Path) -> None:
    port_file = tmp_path / 'port'
    starts_it = 'import subprocess, sys, time; subprocess.Popen(sys.argv[1:]); time.sleep(1000)'
    serve = ('serve', '--port', '0', '--port-file', str(port_file), '--exit-with-parent')
    parent = subprocess.Popen(
        (sys.executable, '-c', starts_it, *COMMAND, *serve),
        env=environment(),
        stdout=subprocess.DEVNULL,
    )
    try:
        wait_for_port(port_file, parent)
    finally:
        parent.kill()
        parent.wait()
    deadline = time.monotonic() + PATIENCE_S
    while port_file.exists():  # it goes with the server, whatever ends it
        assert time.monotonic() < deadline, 'the engine lives on without its parent'
        time.sleep(0.02)


def test_the_version_is_that_of_the_ros_package() -> None:
    package = xml.etree.ElementTree.parse(ROOT / 'package.xml')
    assert package.findtext('version') == VERSION


def test_torch_is_imported_while_a_module_loads_by_what_measures_it_alone() -> None:
    for path in ENGINE.rglob('*.py'):
        if path.relative_to(ENGINE).parts[0] in MEASURING:
            continue
        for node in ast.parse(path.read_text(encoding='utf-8')).body:
            names = [alias.name for alias in getattr(node, 'names', [])]
            module = getattr(node, 'module', None) or ''
            heads = {one.split('.')[0] for one in (*names, module)}
            assert not heads & {'torch', 'moshi'}, path

# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""Installing rclpy's Python layer: pinned, whole or not at all, and not twice.

These tests are about the embedded graph itself; they use a layer that is already installed.
"""

import shutil
import subprocess

import pytest

from embedded_ros import install_layer
from embedded_ros.loaders import layer_folder


@pytest.fixture
def installed(tmp_path):
    """Return a copy of the installed layer."""
    if not install_layer.is_intact(layer_folder()):
        pytest.skip(f'{layer_folder()} was not made by install_layer')
    folder = tmp_path / 'layer'
    shutil.copytree(layer_folder(), folder, ignore=shutil.ignore_patterns('__pycache__'))
    return folder


def fail(*args, **kwargs):
    raise subprocess.CalledProcessError(1, 'pip')


def test_an_intact_layer_is_left_alone(installed, monkeypatch):
    monkeypatch.setattr(subprocess, 'run', fail)
    assert not install_layer.install_layer(installed)


@pytest.mark.parametrize(
    'damage',
    [
        lambda folder: (folder / 'rclpy' / 'node.py').write_text('changed'),
        lambda folder: (folder / 'rclpy' / 'node.py').unlink(),
        lambda folder: (folder / install_layer.REQUIREMENT.name).write_text('another version'),
        lambda folder: shutil.rmtree(folder),
    ],
)
def test_a_damaged_layer_is_recognised_and_replaced(installed, monkeypatch, tmp_path, damage):
    good = tmp_path / 'good'
    shutil.copytree(installed, good)
    (good / install_layer.REQUIREMENT.name).unlink()
    damage(installed)
    assert not install_layer.is_intact(installed)

    def pip(command, check):
        shutil.copytree(good, command[command.index('--target') + 1])

    monkeypatch.setattr(subprocess, 'run', pip)
    assert install_layer.install_layer(installed)
    assert install_layer.is_intact(installed)


def test_where_pip_fails_the_old_layer_stays(installed, monkeypatch):
    (installed / 'rclpy' / 'node.py').write_text('changed')
    monkeypatch.setattr(subprocess, 'run', fail)
    with pytest.raises(subprocess.CalledProcessError):
        install_layer.install_layer(installed)
    assert (installed / 'rclpy' / 'node.py').read_text() == 'changed'
    assert [path.name for path in installed.parent.iterdir()] == [installed.name]


def test_pip_is_held_to_the_hash(tmp_path, monkeypatch):
    commands = []

    def pip(command, check):
        commands.append(command)
        fail()

    monkeypatch.setattr(subprocess, 'run', pip)
    with pytest.raises(subprocess.CalledProcessError):
        install_layer.install_layer(tmp_path / 'layer')
    assert {'--require-hashes', '--no-deps', '--only-binary=:all:'} <= set(commands[0])
    assert '--hash=sha256:' in install_layer.REQUIREMENT.read_text()

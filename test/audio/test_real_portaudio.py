# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""The sound card's path through the real PortAudio, where a sound server can stand for a card."""

from collections.abc import Callable
from collections.abc import Iterator
import json
from pathlib import Path
import queue
import subprocess
import sys
import threading
import time
from typing import Any

import pytest
from sound_server import sound_server
from sound_server import SoundServer
from sound_server import why_not

PATIENCE_S = 60.0
"""A stream over a sound server may need some tries on a busy machine."""

ROOT = Path(__file__).parents[2]

pytestmark = [
    pytest.mark.fault,
    pytest.mark.skipif(bool(why_not()), reason=f'no sound card to be had: {why_not()}'),
]


@pytest.fixture(scope='module')
def server(tmp_path_factory) -> Iterator[SoundServer]:
    """Give a machine with a card whose microphone hears its loudspeaker."""
    with sound_server(tmp_path_factory.mktemp('sound')) as running:
        if running is None:
            pytest.skip('no sound card to be had: pulseaudio does not come up here')
        yield running


class Child:
    """A process over real_card.py."""

    def __init__(self, server: SoundServer, *arguments: str) -> None:
        self._lines: queue.SimpleQueue[dict[str, Any]] = queue.SimpleQueue()
        self._process = subprocess.Popen(
            [sys.executable, str(Path(__file__).with_name('real_card.py')), *arguments],
            env={**server.environment, 'PYTHONPATH': str(ROOT)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        threading.Thread(target=self._read, daemon=True).start()

    def wait(self, condition: Callable[[dict[str, Any]], Any], what: str) -> dict[str, Any]:
        """Return the next line that meets the condition."""
        give_up_s = time.monotonic() + PATIENCE_S
        seen: list[dict[str, Any]] = []
        while True:
            try:
                line = self._lines.get(timeout=max(0.0, give_up_s - time.monotonic()))
            except queue.Empty:
                raise AssertionError(f'waited in vain for {what}; got {seen}') from None
            seen.append(line)
            if condition(line):
                return line

    def end(self) -> int:
        """Ask it to end; return its exit status."""
        self._process.stdin.close()  # type: ignore[union-attr]
        return self._process.wait(PATIENCE_S)

    def stop(self) -> None:
        """Kill it."""
        self._process.kill()
        self._process.wait()

    def _read(self) -> None:
        for line in self._process.stdout:  # type: ignore[union-attr]
            self._lines.put(json.loads(line))


@pytest.fixture
def keep_open(server) -> Iterator[Callable[..., Child]]:
    """Give a maker of processes that keep a card open."""
    children: list[Child] = []

    def start(*arguments: str) -> Child:
        children.append(Child(server, *arguments))
        return children[-1]

    yield start
    for child in children:
        child.stop()


def personaplex_audio(server: SoundServer, *arguments: str) -> subprocess.CompletedProcess:
    """Run the command as a user does."""
    code = 'import sys; from personaplex_ros.audio.cli import main; sys.exit(main())'
    return subprocess.run(
        [sys.executable, '-c', code, *arguments],
        env={**server.environment, 'PYTHONPATH': str(ROOT)},
        capture_output=True,
        text=True,
        timeout=3 * PATIENCE_S,
    )


def test_cards_are_listed_by_name(server):
    listed = personaplex_audio(server, 'devices')
    assert listed.returncode == 0, listed.stderr
    assert any(': kiosk,' in line for line in listed.stdout.splitlines())


@pytest.mark.parametrize('rate_hz', [16_000, 44_100, 48_000])
def test_a_card_found_by_a_part_of_its_name_hears_what_it_plays_with_stamps_in_order(
    keep_open, rate_hz
):
    told = keep_open('KIOS', '--rate-hz', str(rate_hz)).wait(lambda t: 'rate_hz' in t, 'clicks')
    assert (told['microphone'], told['rate_hz']) == ('kiosk', rate_hz)
    assert told['backwards'] <= 1, 'a server may find out that it mistook the delay'
    assert -20.0 < told['ahead_ms'] < 500.0


def test_a_card_that_is_pulled_out_and_put_back_plays_again(server, keep_open):
    child = keep_open('kiosk')
    child.wait(lambda t: 'rate_hz' in t, 'sound')
    assert server.pull()
    child.wait(lambda t: t.get('presence') == 'lost', 'the loss')
    assert server.plug()
    child.wait(lambda t: 'rate_hz' in t, 'sound again')


def test_a_driver_that_hangs_is_waited_for_and_does_not_keep_the_process_from_ending(
    server, keep_open
):
    child = keep_open('kiosk')
    child.wait(lambda t: 'rate_hz' in t, 'sound')
    try:
        server.freeze()
        child.wait(lambda t: 'must be restarted' in t.get('why', ''), 'the reason')
        server.thaw()
        child.wait(lambda t: 'rate_hz' in t, 'sound again')
        server.freeze()
        child.wait(lambda t: 'must be restarted' in t.get('why', ''), 'the reason again')
        assert child.end() == 0
    finally:
        server.thaw()


def test_a_card_without_a_clock_is_no_sound_card(keep_open):
    told = keep_open('nothing').wait(lambda t: t.get('presence') == 'lost', 'the refusal')
    assert 'no sound card' in told['why']


def test_the_doctor_examines_a_real_card_and_finds_that_its_microphone_is_a_monitor(
    server, tmp_path
):
    file = tmp_path / 'audio.yaml'
    options = ('--microphone', 'kiosk', '--loudspeaker', 'kiosk', '--latency-ms', '60')
    examined = personaplex_audio(server, 'doctor', *options, '--json', '--write', str(file))
    told = json.loads(examined.stdout)
    assert examined.returncode == 1
    lost = any(word in told['verdict'] for word in ('lost', 'ended', 'behind', 'no sound came'))
    assert lost or 'hears the loudspeaker and not the room' in told['verdict']
    if not lost:
        assert 'kiosk' in file.read_text()

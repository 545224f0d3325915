# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""A million damaged messages do no harm; and harm, where there is some, is found and shown."""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from random import Random
import re
import subprocess
import sys

import pytest

from . import campaign
from . import damage_bytes
from . import damage_json
from . import damage_ogg
from . import samples
from . import script
from . import targets
from .campaign import Campaign
from .campaign import Failure
from .script import Message
from .supervised import HANG_S
from .supervised import run_campaign
from .supervised import wait_for_end
from .talk import Broken
from .talk_wire import WireTalk
from .targets import Target
from .targets import TARGETS

MESSAGES = 1_000_000
SEED = 3

MAX_RSS_GROWN_KB = 16_384
MAX_OBJECTS_GROWN = 1_000
MAX_RATIO = 100.0
"""CPU time of any message over that of one in order of the same length."""

MAX_OGG_RATIO = 2_000.0
"""A page of 28 bytes may mean 5 s of lost sound; audio/ogg_opus.py bounds how often it can."""

OGG_TARGETS = ('upstream', 'nvidia')

NAMES = {damage.__name__ for damage in (*damage_bytes.ANY, *damage_json.DAMAGES)}
OGG_NAMES = {damage.__name__ for damage in damage_ogg.DAMAGES}


def test_the_shares_make_one_million() -> None:
    assert sum(target.share for target in TARGETS.values()) == pytest.approx(1.0)


@pytest.mark.soak
@pytest.mark.fault
@pytest.mark.parametrize('target', TARGETS)
def test_its_share_of_a_million_damaged_messages_does_a_receiver_no_harm(
    target: str, tmp_path: Path
) -> None:
    damaged = int(MESSAGES * TARGETS[target].share)
    outcome = run_campaign(target, SEED, damaged, tmp_path, HANG_S)
    assert not outcome.failure
    report = outcome.report
    assert report['damaged'] >= damaged
    assert set(report['damages']) >= (OGG_NAMES if target in OGG_TARGETS else NAMES)
    assert report['rss_grown_kb'] < MAX_RSS_GROWN_KB, report
    assert report['objects_grown'] < MAX_OBJECTS_GROWN, report
    dearest = MAX_OGG_RATIO if target in OGG_TARGETS else MAX_RATIO
    assert report['slowest']['ratio'] < dearest, report
    assert report['slowdown'] < 5, report


def test_a_seed_is_the_same_million_every_time() -> None:
    def said(target: str) -> list[Message]:
        random = Random('x')
        _, messages = TARGETS[target].make(random)
        return [next(messages) for _ in range(200)]

    for target in TARGETS:
        assert said(target) == said(target)


def test_messages_in_order_are_taken_by_every_receiver(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(script, 'DAMAGED_SHARE', 0.0)

    async def converse(target: str) -> None:
        talk, messages = TARGETS[target].make(Random(4))
        taken = 0
        for message in messages:
            if message.damage:
                continue
            await talk.take(message)
            await talk.check()
            assert not talk.over, message
            taken += 1
            if taken == 200:
                break
        await talk.end()
        talk.close()

    for target in ('caller', 'wire'):
        asyncio.run(converse(target))


def test_the_sum_of_a_page_is_what_the_encoder_writes() -> None:
    for page in samples.opus_pages():
        assert bytes(samples.parsed(page)) == page


class Fragile(WireTalk):
    """Promises what nobody can hold: no message ends in this byte."""

    async def take(self, message: Message) -> None:
        """Break on one message in some hundred."""
        if message.data.endswith(b'\x07'):
            raise MemoryError('a planted crash')
        await super().take(message)


class Forgetful(WireTalk):
    """Takes everything, and breaks a promise where nothing was said."""

    async def check(self) -> None:
        """Find fault with silence."""
        if not self._errors and not self._events:
            raise Broken('a planted fault')


@pytest.mark.parametrize(
    ('receiver', 'why'), [(Fragile, 'a planted crash'), (Forgetful, 'a planted fault')]
)
def test_a_planted_fault_is_found_shown_in_hex_and_found_again(
    receiver: type[WireTalk], why: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def make(random: Random) -> tuple[WireTalk, Iterator[Message]]:
        return receiver(), script.caller_script(random)

    monkeypatch.setitem(targets.TARGETS, 'wire', Target(0.0, make))
    with pytest.raises(Failure, match=why) as found:
        asyncio.run(Campaign('wire', seed=5).run(50_000, lambda report: None))
    text = str(found.value)
    number = re.search(r'--seed 5 --conversation (\d+)', text)
    assert number is not None
    shown: list[str] = []
    with pytest.raises(Failure, match=why) as again:
        asyncio.run(
            Campaign('wire', seed=5).replay(
                int(number.group(1)), lambda index, message: shown.append(message.data.hex())
            )
        )
    assert str(again.value) == text
    assert shown[-1][:4_000] in text


def test_memory_that_is_kept_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    kept: list[list[bytes]] = []

    class Hoarder(WireTalk):
        async def take(self, message: Message) -> None:
            kept.append([message.data])

    monkeypatch.setitem(
        targets.TARGETS, 'wire', Target(0.0, lambda r: (Hoarder(), script.caller_script(r)))
    )
    report = asyncio.run(Campaign('wire', seed=6).run(5_000, lambda report: None))
    assert report.objects_grown > MAX_OBJECTS_GROWN


def test_time_that_one_message_takes_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    class Slow(WireTalk):
        async def take(self, message: Message) -> None:
            if message.damage == 'nothing':
                sum(range(300_000))

    monkeypatch.setitem(
        targets.TARGETS, 'wire', Target(0.0, lambda r: (Slow(), script.caller_script(r)))
    )
    monkeypatch.setattr(campaign, 'COSTS_KEPT', 200)
    report = asyncio.run(Campaign('wire', seed=7).run(3_000, lambda report: None))
    assert report.slowest.damage == 'nothing'
    assert report.slowest.ratio > MAX_RATIO


def test_a_process_that_gets_no_further_is_ended(tmp_path: Path) -> None:
    (tmp_path / 'where').write_text('17')
    with subprocess.Popen((sys.executable, '-c', 'import time; time.sleep(600)')) as process:
        assert wait_for_end(process, tmp_path / 'where', hang_s=0.0)
    assert process.returncode < 0


def test_a_process_that_dies_names_its_last_conversation(tmp_path: Path) -> None:
    (tmp_path / 'no-receiver.where').write_text('0017')
    outcome = run_campaign('no-receiver', 4, 1, tmp_path, HANG_S)
    assert outcome.failure.startswith('no-receiver ended with 2;')
    assert outcome.failure.endswith('-m fuzz no-receiver --seed 4 --conversation 17')

# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""A place that becomes free is noticed at once by all who wait for it."""

import asyncio
from types import SimpleNamespace
from typing import Any

from harness import in_loop
import pytest

from personaplex_ros.engine import slots
from personaplex_ros.engine.query import Refusal
from personaplex_ros.engine.slots import SessionSlots


@pytest.fixture(autouse=True)
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever misses the word waits longer than the test."""
    monkeypatch.setattr(slots, 'HANDOVER_S', 3600.0)


def chat(leaving: bool = True) -> Any:
    return SimpleNamespace(leaving=leaving)


async def full_with(holder: Any) -> SessionSlots:
    made = SessionSlots(1)
    await made.take(holder)
    return made


@pytest.mark.parametrize('steps', range(6))
@in_loop
async def test_a_place_that_is_freed_while_somebody_begins_to_wait_is_taken(steps: int) -> None:
    leaving, coming = chat(), chat()
    places = await full_with(leaving)
    taking = asyncio.create_task(places.take(coming))
    for _ in range(steps):
        await asyncio.sleep(0)
    await places.give_back(leaving)
    await asyncio.wait_for(taking, 5.0)
    assert places.holders == [coming]


@in_loop
async def test_who_comes_second_is_refused_as_soon_as_the_first_has_the_place() -> None:
    leaving, first, second = chat(), chat(leaving=False), chat()
    places = await full_with(leaving)
    taking = [asyncio.create_task(places.take(who)) for who in (first, second)]
    for _ in range(6):
        await asyncio.sleep(0)
    await places.give_back(leaving)
    results = await asyncio.wait_for(asyncio.gather(*taking, return_exceptions=True), 5.0)
    assert results[0] is None and isinstance(results[1], Refusal)
    assert places.holders == [first]


@in_loop
async def test_who_gives_up_waiting_leaves_no_place_taken() -> None:
    leaving, other = chat(), chat()
    places = await full_with(leaving)
    taking = asyncio.create_task(places.take(chat()))
    for _ in range(6):
        await asyncio.sleep(0)
    taking.cancel()
    await places.give_back(leaving)
    await asyncio.gather(taking, return_exceptions=True)
    await asyncio.wait_for(places.take(other), 5.0)
    assert places.holders == [other]

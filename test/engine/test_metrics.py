# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""/metrics as Prometheus reads it: parsed by its own parser, never by eye."""

from harness import Engine
from harness import engine
from harness import frame
from harness import in_loop
from harness import PROTOCOL_1
from prometheus_client.parser import text_string_to_metric_families
import pytest

from personaplex_ros.engine import VERSION
from personaplex_ros.engine.ledger import FRAME_BOUNDS_MS
from personaplex_ros.engine.ledger import Ledger

FRAMES = 5
TOKEN = 'sesame-4711'

Samples = dict[tuple[str, tuple[tuple[str, str], ...]], float]


async def scrape(running: Engine, **headers: str) -> str:
    async with running.http.get(running.url + '/metrics', headers=headers) as response:
        assert response.status == 200
        assert response.content_type == 'text/plain'
        return await response.text()


def samples_of(page: str) -> Samples:
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(page)
        for sample in family.samples
    }


def value(samples: Samples, name: str, **labels: str) -> float:
    return samples['personaplex_' + name, tuple(sorted(labels.items()))]


async def talk(running: Engine, frames: int) -> None:
    caller = await running.talk()
    for number in range(frames):
        await caller.send_audio(frame(number))
        await caller.answer()
    await caller.hang_up()
    await running.settled_frames()


@in_loop
async def test_a_conversation_shows_in_every_counter_it_touched() -> None:
    async with engine() as running:
        await talk(running, FRAMES)
        samples = samples_of(await scrape(running))
    assert value(samples, 'frames_in_total') == FRAMES
    assert value(samples, 'frames_out_total') == FRAMES
    assert value(samples, 'frames_dropped_total') == 0
    assert value(samples, 'frames_dropped_out_total') == 0
    assert value(samples, 'frame_seconds_count') == FRAMES
    assert value(samples, 'overhead_seconds_count') == FRAMES
    assert value(samples, 'prompt_seconds_count') == 1
    assert value(samples, 'prompt_seconds_sum') == pytest.approx(0.0015)  # as the fake says
    assert value(samples, 'rebuild_seconds_count') == 0
    assert value(samples, 'sessions_active') == 0
    assert value(samples, 'sessions_max') >= 1
    assert value(samples, 'persona_cache_entries') == 0


@in_loop
async def test_an_open_conversation_and_the_models_state_are_gauges() -> None:
    async with engine() as running:
        await running.worker.settled.wait()
        caller = await running.talk()
        samples = samples_of(await scrape(running))
        await caller.hang_up()
    assert value(samples, 'sessions_active') == 1
    states = {
        one: value(samples, 'model_status', status=one) for one in ('warming', 'ok', 'failed')
    }
    assert states == {'warming': 0, 'ok': 1, 'failed': 0}


@in_loop
async def test_faults_are_counted_by_code() -> None:
    async with engine() as running:
        for query in (PROTOCOL_1 | {'seed': 'x'}, PROTOCOL_1 | {'voice_prompt': 'nobody'}) * 2:
            caller = await running.connect(query)
            await caller.fault()
            await caller.close_code()
        await running.settled_frames()
        samples = samples_of(await scrape(running))
    assert value(samples, 'faults_total', code='bad_query') == 2
    assert value(samples, 'faults_total', code='unknown_voice') == 2


@in_loop
async def test_before_the_model_is_there_the_page_is_whole_without_its_numbers() -> None:
    def fails() -> None:
        raise RuntimeError('no such model')

    async with engine(load=fails) as running:
        await running.worker.settled.wait()
        samples = samples_of(await scrape(running))
    assert value(samples, 'model_status', status='failed') == 1
    assert not [name for name, _ in samples if 'persona_cache' in name]


@in_loop
async def test_personas_on_the_disk_show_where_a_folder_was_named(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with engine() as running:
        await running.worker.settled.wait()
        without = samples_of(await scrape(running))
        report = running.model.persona_cache.report()
        on_disk = {'disk_entries': 3, 'disk_bytes': 4_096, 'disk_budget': 8_192}
        monkeypatch.setattr(running.model.persona_cache, 'report', lambda: report | on_disk)
        samples = samples_of(await scrape(running))
    assert not [name for name, _ in without if 'disk' in name]
    assert value(samples, 'persona_cache_disk_entries') == 3
    assert value(samples, 'persona_cache_disk_budget_bytes') == 8_192


@in_loop
async def test_the_build_names_version_and_model() -> None:
    async with engine() as running:
        await running.worker.settled.wait()
        samples = samples_of(await scrape(running))
    (labels,) = [dict(found) for name, found in samples if name == 'personaplex_build_info']
    assert labels['version'] == VERSION
    assert (labels['model'], labels['device'], labels['dtype']) == ('fake', 'cpu', 'float32')


@in_loop
async def test_the_page_holds_no_prompt_and_asks_for_the_token() -> None:
    async with engine(token=TOKEN) as running:
        caller = await running.talk(PROTOCOL_1 | {'token': TOKEN, 'text_prompt': 'A secret.'})
        await caller.hang_up()
        refused, _ = await running.get('/metrics')
        page = await scrape(running, Authorization=f'Bearer {TOKEN}')
    assert refused == 401
    assert 'secret' not in page
    assert TOKEN not in page


@in_loop
async def test_two_engines_of_one_process_count_apart() -> None:
    async with engine() as one, engine() as other:
        await talk(one, FRAMES)
        pages = [samples_of(await scrape(running)) for running in (one, other)]
    assert [value(page, 'frames_out_total') for page in pages] == [FRAMES, 0]


def test_a_histogram_counts_each_duration_once_and_at_its_bound() -> None:
    ledger = Ledger()
    for duration_ms in (0.5, 80.0, 80.1, 9_999.0):
        ledger.answered(duration_ms)
    frame_ms = ledger.reading().frame
    at = dict(zip(frame_ms.bounds_ms, frame_ms.counts, strict=False))
    assert at[FRAME_BOUNDS_MS[0]] == 1
    assert at[80] == 1
    assert at[100] == 1
    assert frame_ms.counts[-1] == 1
    assert sum(frame_ms.counts) == 4
    assert frame_ms.sum_ms == pytest.approx(10_159.6)

# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""Personas that return to the engine: the option, the numbers, and nothing new on the wire."""

import argparse
import functools
from pathlib import Path

from harness import Caller
from harness import engine
from harness import frame
from harness import in_loop
from harness import PROTOCOL_1
from harness import SEEDED
import pytest

from personaplex_ros.engine import command_serve
from personaplex_ros.engine.loader import load_model
from personaplex_ros.engine.settings import ServeSettings
from personaplex_ros.model.personaplex import PersonaPlex
from personaplex_ros.model.prompt import Prompt
from personaplex_ros.model.prompting import PreparedPrompt
from personaplex_ros.model.prompting import PromptPreparer
from personaplex_ros.wire import events

TEA_SELLER = SEEDED | {'text_prompt': 'You sell tea.', 'voice_prompt': 'NATM1'}
TEA = functools.partial(events.SetPersona, text_prompt='You sell tea.', voice_prompt='NATM1')
BOOKS = functools.partial(events.SetPersona, text_prompt='You sell books.', voice_prompt='NATF0')


@pytest.fixture(scope='module')
def nano() -> PersonaPlex:
    return load_model(ServeSettings(persona_cache_mb=64))


@pytest.fixture
def prefills(monkeypatch: pytest.MonkeyPatch) -> list[PreparedPrompt]:
    """One entry per prompt that was run in full."""
    runs, real = [], PromptPreparer.prepare

    def prepare(preparer: PromptPreparer, prompt: Prompt) -> PreparedPrompt:
        runs.append(real(preparer, prompt))
        return runs[-1]

    monkeypatch.setattr(PromptPreparer, 'prepare', prepare)
    return runs


def options(*arguments: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    command_serve.add_options(parser)
    return parser.parse_args(arguments)


async def say(caller: Caller, frames: int) -> list[tuple[int, bytes]]:
    """Return text id and PCM of the next frames."""
    said = []
    for _ in range(frames):
        await caller.send_audio(frame(0))
        report, _, pcm = await caller.answer()
        said.append((report.text_id, pcm))
    return said


async def change(caller: Caller, request: events.SetPersona) -> events.PersonaChanged:
    await caller.ask(request)
    return await caller.event(events.PersonaChanged)


@in_loop
async def test_a_persona_that_returns_speaks_in_the_very_next_frame(
    nano: PersonaPlex, prefills: list[PreparedPrompt]
) -> None:
    async with engine(load=lambda: nano) as running:
        before = nano.persona_cache.report()
        caller = await running.connect(TEA_SELLER)
        started = await caller.until_ready()
        fresh = await say(caller, 12)
        other = await change(caller, BOOKS(id=1))
        assert await say(caller, 12) != fresh
        again = await change(caller, TEA(id=2))
        assert await say(caller, 12) == fresh
        assert (other.frame, again.frame) == (12, 24)
        assert again.prompt_positions == started.prompt_positions
        asked = [one.positions for one in prefills]
        assert asked == [started.prompt_positions, other.prompt_positions]
        after = (await running.get('/api/info'))[1]['persona_cache']
        await caller.hang_up()
    assert after == nano.persona_cache.report()
    assert after['budget'] == 64 << 20 and after['bytes'] > before['bytes']
    gained = {name: after[name] - before[name] for name in ('entries', 'hits', 'misses')}
    assert gained == {'entries': 2, 'hits': 1, 'misses': 2}


@in_loop
async def test_the_next_caller_finds_the_persona_of_the_one_before(
    nano: PersonaPlex, prefills: list[PreparedPrompt]
) -> None:
    wish = PROTOCOL_1 | {'text_prompt': 'You water the plants.'}
    async with engine(load=lambda: nano) as running:
        for _ in range(2):
            caller = await running.talk(wish)
            await caller.hang_up()
    assert len(prefills) == 1


@in_loop
async def test_a_persona_is_known_to_the_next_engine_and_info_tells_of_the_disk(
    tmp_path: Path,
) -> None:
    chosen = command_serve._settings(
        options('--persona-cache-dir', str(tmp_path / 'kept'), '--persona-cache-disk-mb', '1')
    )
    said, told = [], []
    for _ in range(2):
        model = load_model(chosen)
        async with engine(load=lambda model=model: model) as running:
            caller = await running.talk(TEA_SELLER)
            said.append(await say(caller, 12))
            await caller.hang_up()
            model.persona_cache._disk.close()
            told.append((await running.get('/api/info'))[1]['persona_cache'])
    assert said[0] == said[1]
    assert [(one['hits'], one['misses']) for one in told] == [(0, 1), (1, 0)]
    [file] = (tmp_path / 'kept').iterdir()
    expected = {'entries': 1, 'bytes': file.stat().st_size, 'budget': 1 << 20}
    assert all(one[f'disk_{name}'] == value for one in told for name, value in expected.items())


@in_loop
async def test_info_tells_of_no_cache_while_the_model_loads() -> None:
    async with engine() as running:
        await running.talk()  # its thread has the model now, and looks here no more
        running.worker.model = None
        assert (await running.get('/api/info'))[1]['persona_cache'] == {}


@pytest.mark.parametrize(
    ('arguments', 'expected'),
    [((), None), (('--persona-cache-mb', '0'), 0), (('--persona-cache-mb', '64'), 64 << 20)],
)
def test_the_option_reaches_the_model_in_bytes(
    monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...], expected: int | None
) -> None:
    told = {}
    monkeypatch.setattr(PersonaPlex, 'load', lambda directory, **kwargs: told.update(kwargs))
    load_model(command_serve._settings(options(*arguments)))
    assert told['persona_cache_bytes'] == expected


@pytest.mark.parametrize('bad', ['-1', '1.5', 'much', '1048577'])
def test_a_budget_that_is_none_is_refused(bad: str, capsys: pytest.CaptureFixture) -> None:
    with pytest.raises(SystemExit):
        options('--persona-cache-mb', bad)
    assert 'expected a whole number from 0 to 1048576' in capsys.readouterr().err

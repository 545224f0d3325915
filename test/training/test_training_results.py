# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""A model card tells the scores of the weights beside it, and of no others."""

import json
from pathlib import Path
import sys
from types import SimpleNamespace

import pytest

from bench.machine import Machine
from personaplex_ros.model.checkpoint import CONFIG_NAME
from training.evaluation import run
from training.evaluation import speed
from training.evaluation.figure import Figure
from training.model_card import CARD
from training.model_card import with_scores
from training.model_config import model_config
from training.results import results_of
from training.results import weights_of
from training.settings import HOME
from training.settings import Home
from training.settings import RESULTS

WHEN = {
    'command': 'make eval',
    'date': 'in May',
    'machine': {'cpu': 'a processor', 'cores': 2},
}
FOUND = {
    'figures': [{'name': 'frame p99', 'value': 36, 'unit': 'ms', 'wanted': '<= 40 ms'}],
    'machine_meanwhile': {'stolen_share': 0.25},
    'conditions': WHEN,
}


@pytest.fixture
def model(tmp_path) -> Path:
    """A model directory with weights that are no weights, and a card."""
    folder = tmp_path / 'model'
    folder.mkdir()
    config = model_config([0] * 8, [0] * 8)
    (folder / CONFIG_NAME).write_text(config.to_json(), encoding='utf-8')
    for name in (config.files.lm, config.files.codec):
        (folder / name).write_bytes(name.encode())
    (folder / CARD).write_text(with_scores('# nano\n\n', None), encoding='utf-8')
    return folder


@pytest.fixture
def evaluated(model, monkeypatch):
    """Evaluate the model with some options; all that it finds is one figure."""
    found = [Figure('frame p99', 36.0, 'ms', '<= 40 ms', True, 9)]
    monkeypatch.setattr(run, 'speed', lambda folder, frames: (found, {'stolen_share': 0.25}))
    monkeypatch.setattr(run, 'behaviour', lambda folder, home, args: [])
    monkeypatch.setattr(run, 'conditions', lambda command: WHEN)

    def evaluate(*options: str) -> Path:
        monkeypatch.setattr(sys, 'argv', ['run', '--home', str(model.parent), *options])
        run.main()
        return Home(model.parent).results

    return evaluate


def card(folder: Path) -> str:
    return (folder / CARD).read_text(encoding='utf-8')


def test_the_evaluation_writes_what_it_found_into_the_card(model, evaluated):
    assert 'Not measured yet' in card(model)
    evaluated()
    assert '| frame p99 | 36.0 ms | <= 40 ms |' in card(model)
    assert card(model).startswith('# nano\n\n## Scores\n') and 'Not measured' not in card(model)


def test_results_are_those_of_the_weights_that_they_were_measured_on(model, evaluated):
    results = evaluated()
    assert results_of(results, model) == json.loads(results.read_text(encoding='utf-8'))
    for name in weights_of(model):
        before = (model / name).read_bytes()
        (model / name).write_bytes(b'trained on')
        assert results_of(results, model) is None
        (model / name).write_bytes(before)
    assert results_of(results, model) is not None


def test_results_that_do_not_say_of_which_weights_they_are_count_for_nothing(model, tmp_path):
    path = tmp_path / 'results.json'
    assert results_of(path, model) is None
    path.write_text(json.dumps(FOUND), encoding='utf-8')
    assert results_of(path, model) is None


def test_speed_alone_is_not_put_beside_figures_of_other_weights(model, evaluated, capsys):
    with pytest.raises(SystemExit):
        evaluated('--speed-alone')
    assert 'leave out --speed-alone' in capsys.readouterr().err
    evaluated()
    results = results_of(evaluated('--speed-alone'), model)
    assert results is not None and results['speed_conditions'] == WHEN


def test_the_card_quotes_frames_with_the_conditions_that_they_were_measured_in():
    alone = {**WHEN, 'date': 'in June', 'command': 'make eval EVAL=--speed-alone'}
    told = with_scores('', {**FOUND, 'speed_conditions': alone}).splitlines()[-3:]
    assert told == [
        'in May, a processor, 2 cores, `make eval`.',
        'Files and frames: in June, a processor, 2 cores, `make eval EVAL=--speed-alone`.',
        'While frames were timed, other guests took 25 % of the machine.',
    ]


def test_each_home_has_results_of_its_own(tmp_path, monkeypatch):
    assert Home(tmp_path).results == tmp_path / 'results.json'
    assert Home().results == RESULTS
    monkeypatch.chdir(HOME.parents[1])
    assert Home(Path('build/training')).results == RESULTS


class Clock:
    """Time that passes in sleep alone, which lasts longer than it should."""

    def __init__(self, late_s: float) -> None:
        self._now_s, self._late_s = 0.0, late_s

    def monotonic(self) -> float:
        return self._now_s

    def thread_time(self) -> float:
        return self._now_s

    def sleep(self, seconds: float) -> None:
        self._now_s += seconds + self._late_s


def test_how_late_the_machine_woke_is_measured_while_frames_are(monkeypatch):
    session = SimpleNamespace(
        prompt=lambda prompt: None,
        step=lambda pcm: SimpleNamespace(encode_ms=1.0, step_ms=2.0, decode_ms=3.0),
        close=lambda: None,
    )
    model = SimpleNamespace(voices=['NATF0'], open_session=lambda: session)
    monkeypatch.setattr(speed, 'time', Clock(late_s=0.007))
    machine = Machine()
    assert speed.speed_figures(model, 5, machine)[0].value == 6.0
    assert machine.told()['woken_late_max_ms'] == 7.0

# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""`offline` with the real nano: what goes in, what comes out, and every way to get it wrong."""

import argparse
from collections.abc import Callable
from collections.abc import Iterator
from dataclasses import replace
import errno
import json
from pathlib import Path
import shutil
import wave

import numpy as np
from process import run_engine
import pytest
from question import question
import soundfile

from personaplex_ros.audio.format import SAMPLE_RATE_HZ
from personaplex_ros.audio.format import SAMPLES_PER_FRAME
from personaplex_ros.engine import cli
from personaplex_ros.engine import command_offline
from personaplex_ros.engine import offline
from personaplex_ros.engine import offline_options
from personaplex_ros.engine.failure import StartFailure
from personaplex_ros.engine.loader import load_model
from personaplex_ros.engine.settings import ServeSettings
from personaplex_ros.engine.voice_folder import voice_files
from personaplex_ros.model.catalog import resolve_model
from personaplex_ros.model.config import ControlIds
from personaplex_ros.model.convert_recipe import PERSONAPLEX
from personaplex_ros.model.personaplex import PersonaPlex
from personaplex_ros.model.prompt import Prompt
from personaplex_ros.model.sampling import Sampling

CHATTERING = ('--temp-audio', '1.5', '--temp-text', '3', '--topk-text', '200')
"""So hot that no two draws answer a question alike."""

CONTROL_IDS = ControlIds(pad=3, end_pad=0, bos=1, eos=2)


@pytest.fixture(scope='module')
def nano() -> PersonaPlex:
    return load_model(ServeSettings())


@pytest.fixture
def ask(nano: PersonaPlex, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable]:
    """Run the command on samples and return PCM and text; the model is loaded once for all."""
    monkeypatch.setattr(command_offline, 'load_model', lambda *_: nano)

    def _ask(samples: np.ndarray, rate_hz: int, *options: str) -> tuple[np.ndarray, list[str]]:
        soundfile.write(tmp_path / 'in.wav', samples, rate_hz, subtype='PCM_16')
        assert cli.main([*arguments(tmp_path), *CHATTERING, *options]) == 0
        return read_answer(tmp_path)

    return _ask


def arguments(folder: Path) -> list[str]:
    return [
        'offline',
        *('--input-wav', str(folder / 'in.wav')),
        *('--output-wav', str(folder / 'out.wav')),
        *('--output-text', str(folder / 'out.json')),
        *('--voice-prompt', 'NATF0.pt'),
    ]


def read_answer(folder: Path) -> tuple[np.ndarray, list[str]]:
    with wave.open(str(folder / 'out.wav')) as file:
        assert (file.getnchannels(), file.getsampwidth()) == (1, 2)
        assert file.getframerate() == SAMPLE_RATE_HZ
        pcm = np.frombuffer(file.readframes(file.getnframes()), '<i2')
    return pcm, json.loads((folder / 'out.json').read_text(encoding='utf-8'))


def noise(samples: int, channels: int = 1) -> np.ndarray:
    return np.random.default_rng(3).uniform(-0.1, 0.1, (samples, channels))


@pytest.fixture
def answer(ask) -> Callable:
    """Ask aloud and listen until the answer has begun."""

    def _answer(*options: str) -> tuple[np.ndarray, list[str]]:
        return ask(question().ravel(), SAMPLE_RATE_HZ, *options)

    return _answer


@pytest.mark.parametrize(
    ('rate_hz', 'samples', 'channels', 'expected'),
    [
        (24_000, 19_200, 1, 19_200),
        (24_000, 19_201, 1, 19_201),
        (48_000, 10_000, 2, 5_000),
        (16_000, 1_001, 1, 1_502),
        (44_100, 4_410, 6, 2_400),
    ],
)
def test_the_answer_is_as_long_as_the_question(ask, rate_hz, samples, channels, expected) -> None:
    pcm, pieces = ask(noise(samples, channels), rate_hz)
    assert len(pcm) == expected
    assert len(pieces) == -(-expected // SAMPLES_PER_FRAME)
    assert all(isinstance(piece, str) for piece in pieces)
    assert pcm.any()


def test_the_tail_lets_the_answer_be_heard_out(ask) -> None:
    short, _ = ask(noise(4_000), SAMPLE_RATE_HZ, '--seed', '1')
    pcm, pieces = ask(noise(4_000), SAMPLE_RATE_HZ, '--seed', '1', '--tail', '0.25')
    assert len(pcm) == 4_000 + 6_000
    assert len(pieces) == 6
    assert np.array_equal(pcm[:4_000], short)
    assert pcm[-SAMPLES_PER_FRAME:].any()


def test_a_seed_decides_what_is_said(answer) -> None:
    pcm, pieces = answer('--seed', '5')
    again, pieces_again = answer('--seed', '5')
    other, _ = answer('--seed', '6')
    assert np.array_equal(pcm, again)
    assert pieces == pieces_again
    assert not np.array_equal(pcm, other)


def test_without_a_seed_each_answer_is_another(answer) -> None:
    first, _ = answer()
    second, _ = answer()
    assert not np.array_equal(first, second)


def test_greedy_needs_no_seed_to_say_the_same(answer) -> None:
    first, pieces = answer('--greedy')
    second, pieces_again = answer('--greedy')
    assert np.array_equal(first, second)
    assert pieces == pieces_again


@pytest.mark.parametrize(
    'change',
    [
        ('--voice-prompt', 'NATM1'),
        ('--text-prompt', ''),
        ('--temp-audio', '0.1'),
        ('--temp-text', '0.1'),
        ('--topk-audio', '1'),
        ('--topk-text', '1'),
    ],
)
def test_persona_and_sampling_reach_the_model(answer, change) -> None:
    usual, pieces = answer('--seed', '5')
    other, other_pieces = answer('--seed', '5', *change)
    assert pieces != other_pieces or not np.array_equal(usual, other)


@pytest.mark.parametrize('channels', [2, 6])
def test_of_several_channels_the_first_is_heard(ask, channels) -> None:
    sound = noise(9_600, channels)
    alone, _ = ask(sound[:, :1], SAMPLE_RATE_HZ, '--seed', '5')
    among_others, _ = ask(sound, SAMPLE_RATE_HZ, '--seed', '5')
    assert np.array_equal(alone, among_others)


def test_what_is_no_number_or_too_loud_in_a_float_file_is_clipped(tmp_path) -> None:
    soundfile.write(tmp_path / 'in.wav', np.array([2, -2, np.nan, 0.5]), 24_000, subtype='FLOAT')
    assert offline.read_recording(tmp_path / 'in.wav').tolist() == [32_767, -32_768, 0, 16_384]


def test_control_tokens_have_names_in_the_text() -> None:
    from personaplex_ros.model.session import FrameOutput

    class Parrot:
        """Repeats what it hears, with these text tokens."""

        said = iter([(3, ''), (0, ''), (1, ''), (2, ''), (9, ' tea'), (10, '')])

        def step(self, pcm: np.ndarray) -> FrameOutput:
            text_id, piece = next(self.said)
            return FrameOutput(pcm, text_id, piece, False, 1.0, 2.0, 3.0)

    heard = np.arange(6 * SAMPLES_PER_FRAME - 7).astype(np.int16)
    done = []
    reply = offline.answer(Parrot(), CONTROL_IDS, heard, done.append)
    assert reply.pieces == ['PAD', 'EPAD', 'BOS', 'EOS', ' tea', '']
    assert np.array_equal(reply.pcm, heard)
    assert reply.frame_ms == [6.0] * 6
    assert done == [1, 2, 3, 4, 5, 6]


def test_the_summary_is_one_line(ask, capsys) -> None:
    ask(noise(19_200), SAMPLE_RATE_HZ)
    told = capsys.readouterr()
    assert told.out.count('\n') == 1
    assert told.out.startswith('10 frames (0.80 s) in ')
    for word in ('real-time factor', 'p50', 'p99'):
        assert word in told.out
    assert told.err == ''  # progress is for terminals


def test_a_terminal_sees_progress(ask, capsys, monkeypatch) -> None:
    monkeypatch.setattr('sys.stderr.isatty', lambda: True)
    ask(noise(SAMPLE_RATE_HZ + 1), SAMPLE_RATE_HZ)
    told = capsys.readouterr().err
    assert ' 1.0 of 1.0 s' in told
    assert told.endswith('times real time\n')


def wrong_input(folder: Path) -> dict[str, tuple[list[str], str]]:
    """Make one file per fault; return options and what the line must name."""
    (folder / 'text.wav').write_text('no sound at all')
    (folder / 'empty.wav').touch()
    (folder / 'cut.wav').write_bytes((folder / 'in.wav').read_bytes()[:30])
    soundfile.write(folder / 'silent.wav', np.zeros((0, 1)), 24_000)
    soundfile.write(folder / 'slow.wav', np.zeros(100), 4_000)
    long_name = str(folder / ('x' * 300))
    (folder / 'own').mkdir()
    (folder / 'own/notes.txt').touch()
    soundfile.write(folder / 'own/Ann.wav', noise(1_000), 24_000)
    own = ['--voice-prompt-dir', str(folder / 'own')]
    return {
        'no such file': (['--input-wav', str(folder / 'no.wav')], 'no.wav: no such file'),
        'a folder': (['--input-wav', str(folder)], 'no file'),
        'no sound': (['--input-wav', str(folder / 'text.wav')], 'text.wav: no sound file'),
        'empty': (['--input-wav', str(folder / 'empty.wav')], 'empty.wav: the file is empty'),
        'cut': (['--input-wav', str(folder / 'cut.wav')], 'cut.wav: no sound file'),
        'no samples': (['--input-wav', str(folder / 'silent.wav')], 'holds no samples'),
        'rate': (['--input-wav', str(folder / 'slow.wav')], '4000 Hz; expected 8000'),
        'no folder': (['--output-wav', '/nowhere/out.wav'], 'no folder /nowhere'),
        'a folder as output': (['--output-text', str(folder)], 'no regular file'),
        'a device as output': (['--output-text', '/dev/null'], 'no regular file'),
        'a long name': (['--output-wav', long_name], 'File name too long'),
        'one output': (['--output-wav', str(folder / 'out.json')], 'the same file'),
        'input as output': (['--output-wav', str(folder / 'in.wav')], 'overwritten'),
        'unknown voice': (['--voice-prompt', 'NATF99'], "'NATF99' is not in voices/ (have"),
        'voice as a path': (['--voice-prompt', '../NATF0'], 'no voice name'),
        'no voice folder': (['--voice-prompt-dir', str(folder / 'no')], 'no such folder'),
        'voice not there': (['--voice-prompt-dir', str(folder)], "'NATF0' is not in"),
        'other form': ([*own, '--voice-prompt', 'Ann.pt'], "'Ann' is not in"),
        'out of the folder': ([*own, '--voice-prompt', '../in.wav'], 'does not lie in'),
        'no voice file': ([*own, '--voice-prompt', 'notes.txt'], 'no voice name'),
        'short voice': ([*own, '--voice-prompt', 'Ann.wav'], 'voices/Ann.wav cannot be used'),
        "upstream's name of --model": (['--hf-repo', str(folder / 'no-model')], 'no-model'),
        'upstream weights': (['--moshi-weight', 'x'], 'a model directory has it'),
        'upstream codec': (['--mimi-weight', 'x'], 'a model directory has it'),
        'upstream tokenizer': (['--tokenizer=x'], 'a model directory has it'),
        'offload': (['--cpu-offload'], 'docs/engine.md'),
        'unknown option': (['--colour', 'red'], 'unrecognized arguments: --colour red'),
        'long text': (['--text-prompt', 'la ' * 2_000], '6000 characters'),
        'half a character': (['--text-prompt', '\udcff'], 'lone surrogate'),
        'temperature': (['--temp-audio', 'warm'], '--temp-audio'),
        'high temperature': (['--temp-text', '9'], 'text_temperature is 9.0; expected'),
        'no temperature': (['--temp-audio', 'nan'], 'audio_temperature is nan; expected'),
        'top-k': (['--topk-audio', '1.5'], '--topk-audio'),
        'negative top-k': (['--topk-text', '-3'], 'text_top_k is -3; expected'),
        'seed': (['--seed', 'x'], '--seed'),
        'negative seed': (['--seed', '-2'], 'seed is -2; expected'),
        'tail': (['--tail', '-1'], '--tail'),
        'no tail': (['--tail', 'nan'], '--tail'),
        'device': (['--device', 'tpu'], '--device'),
        'device number': (['--device', 'cuda:x'], '--device'),
        'model': (['--model', str(folder / 'no-model')], 'no-model'),
        'model without files': (['--model', str(folder)], 'config.json'),
    }


def test_bad_input_is_told_in_one_line_before_the_model_loads(
    tmp_path, monkeypatch, capsys
) -> None:
    monkeypatch.setattr(command_offline, 'load_model', lambda *_: pytest.fail('it loads'))
    soundfile.write(tmp_path / 'in.wav', noise(100), 24_000)
    for case, (options, named) in wrong_input(tmp_path).items():
        before = set(tmp_path.iterdir())
        try:
            status = cli.main([*arguments(tmp_path), *options])
        except SystemExit as ended:
            status = ended.code
        told = capsys.readouterr()
        assert status == 2, case
        assert told.err.count('\n') == 1, told.err
        assert named in told.err, (case, told.err)
        assert told.out == '', case
        assert set(tmp_path.iterdir()) == before, case


def test_a_recording_that_is_no_voice_is_told_before_the_model_loads(
    tmp_path, monkeypatch, capsys
) -> None:
    monkeypatch.setattr(command_offline, 'load_model', lambda *_: pytest.fail('it loads'))
    (tmp_path / 'model/voices').mkdir(parents=True)
    for path in resolve_model('nano').iterdir():
        if path.is_file():
            (tmp_path / 'model' / path.name).symlink_to(path)
    soundfile.write(tmp_path / 'model/voices/Ann.wav', noise(1_000), 24_000)
    soundfile.write(tmp_path / 'in.wav', noise(100), 24_000)
    chosen = ('--model', str(tmp_path / 'model'), '--voice-prompt', 'Ann.wav')
    assert cli.main([*arguments(tmp_path), *chosen]) == 2
    told = capsys.readouterr().err
    assert told.count('\n') == 1
    assert 'voices/Ann.wav cannot be used as a voice: it lasts 0.04 s' in told


def hum(seconds: float) -> np.ndarray:
    time = np.arange(round(seconds * 24_000)) / 24_000
    return 0.1 * np.sin(2 * np.pi * (180 * time + 40 * time**2))


@pytest.mark.parametrize('asked', ['Ann', 'Ann.wav', 'own/Ann.wav'])
def test_a_voice_may_lie_in_a_folder_of_ones_own(tmp_path, asked) -> None:
    """Any name is as good as the other, and the model's voices are not missed."""
    pytest.importorskip('pyloudnorm', reason='wav voices need pyloudnorm')
    (tmp_path / 'own').mkdir()
    soundfile.write(tmp_path / 'own/Ann.wav', hum(0.5), 24_000)
    soundfile.write(tmp_path / 'in.wav', question().ravel(), SAMPLE_RATE_HZ)
    voice = str(tmp_path / asked) if '/' in asked else asked
    own = ('--voice-prompt-dir', str(tmp_path / 'own'), '--voice-prompt', voice, '--seed', '2')
    assert cli.main([*arguments(tmp_path), *CHATTERING, *own]) == 0
    pcm, _ = read_answer(tmp_path)
    assert cli.main([*arguments(tmp_path), *CHATTERING, '--seed', '2']) == 0
    assert not np.array_equal(pcm, read_answer(tmp_path)[0])
    model = load_model(ServeSettings(model=str(with_voice(tmp_path / 'own/Ann.wav'))))
    hot = {'audio_temperature': 1.5, 'text_temperature': 3.0, 'text_top_k': 200}
    session = model.open_session(replace(model.sampling, seed=2, **hot))
    session.prompt(Prompt(offline_options.TEACHER, 'Ann'))
    heard = offline.read_recording(tmp_path / 'in.wav')
    assert np.array_equal(offline.answer(session, CONTROL_IDS, heard, lambda _: None).pcm, pcm)


def with_voice(path: Path) -> Path:
    """Lay a voice beside those of nano, in a directory of its own."""
    directory = path.parent / 'model'
    shutil.copytree(resolve_model('nano'), directory)
    shutil.copy(path, directory / 'voices')
    return directory


def test_of_several_forms_the_one_that_is_named_is_taken(tmp_path) -> None:
    for name in ('Ann.pt', 'Ann.wav', 'Ben.pt'):
        (tmp_path / name).touch()
    found = [[path.name for path in voice_files(name, tmp_path)] for name in ('Ann', 'Ann.wav')]
    assert found == [['Ann.pt', 'Ann.wav'], ['Ann.wav']]


def test_what_is_not_given_is_what_upstream_takes() -> None:
    parser = argparse.ArgumentParser()
    offline_options.add_options(parser)
    given = parser.parse_args(arguments(Path())[1:])
    assert (given.text_prompt, given.seed, given.greedy) == (offline_options.TEACHER, -1, False)
    assert (given.voice_prompt_dir, given.tail) == (None, 0)
    assert PERSONAPLEX.sampling == Sampling(0.8, 0.7, 250, 25)
    assert command_offline._changes(given) == {'seed': None}


@pytest.mark.parametrize('missing', ['input-wav', 'output-wav', 'output-text', 'voice-prompt'])
def test_what_upstream_requires_is_required(tmp_path, capsys, missing) -> None:
    given = arguments(tmp_path)
    where = given.index(f'--{missing}')
    with pytest.raises(SystemExit) as ended:
        cli.main(given[:where] + given[where + 2 :])
    assert ended.value.code == 2
    assert f'--{missing}' in capsys.readouterr().err


def reply() -> offline.Reply:
    return offline.Reply(np.ones(10, np.int16), ['PAD'], [1.0])


def test_a_full_disk_leaves_the_old_files_alone(tmp_path, monkeypatch) -> None:
    for name in ('out.wav', 'out.json'):
        (tmp_path / name).write_text('old')

    def full(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, 'No space left on device')

    monkeypatch.setattr(offline.os, 'fsync', full)
    with pytest.raises(StartFailure, match='cannot be written: No space left'):
        offline.write_reply(reply(), tmp_path / 'out.wav', tmp_path / 'out.json')
    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == {
        'out.wav': 'old', 'out.json': 'old'
    }  # fmt: skip


def test_outputs_are_as_readable_as_any_new_file_and_links_stay(tmp_path) -> None:
    (tmp_path / 'plain').touch()
    (tmp_path / 'link.json').symlink_to(tmp_path / 'out.json')
    text_path = offline.check_output(tmp_path / 'link.json')
    offline.write_reply(reply(), tmp_path / 'out.wav', text_path)
    assert (tmp_path / 'link.json').is_symlink()
    assert json.loads((tmp_path / 'out.json').read_text()) == ['PAD']
    modes = {path.stat().st_mode for path in tmp_path.iterdir()}
    assert len(modes) == 1


def test_an_interrupted_run_writes_nothing(ask, tmp_path, monkeypatch, capsys, nano) -> None:
    soundfile.write(tmp_path / 'in.wav', noise(100), 24_000)

    def interrupt(*_) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(offline, 'answer', interrupt)
    assert cli.main(arguments(tmp_path)) == 130
    assert 'nothing is written' in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ['in.wav']
    nano.open_session().close()  # the session was given back


def test_it_runs_as_a_process(tmp_path) -> None:
    soundfile.write(tmp_path / 'in.wav', noise(4_000), 24_000)
    ended = run_engine(*arguments(tmp_path), '--seed', '2')
    assert (ended.returncode, ended.stderr) == (0, '')
    pcm, pieces = read_answer(tmp_path)
    assert (len(pcm), len(pieces)) == (4_000, 3)

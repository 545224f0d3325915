# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""The bench at nano's sizes: the code that runs on a GPU, every line of it but the GPU's own."""

from dataclasses import replace
import json
from pathlib import Path
from types import SimpleNamespace

from moshi.models.compression import MimiModel
from moshi.models.lm import LMGen
from moshi.utils.compile import CUDAGraphed
import numpy as np
import pytest
import torch

from personaplex_ros.audio.format import SAMPLES_PER_FRAME
from personaplex_ros.engine import cli
from personaplex_ros.engine.bench import frames
from personaplex_ros.engine.bench import loops
from personaplex_ros.engine.bench import run as bench_run
from personaplex_ros.engine.bench import table
from personaplex_ros.engine.bench.figures import deadlines
from personaplex_ros.engine.bench.figures import summarise
from personaplex_ros.engine.bench.plan import Plan
from personaplex_ros.engine.bench.plan import RANDOM_MODELS
from personaplex_ros.engine.bench.plan import RANDOM_SMALL
from personaplex_ros.engine.bench.random_model import random_checkpoint
from personaplex_ros.engine.bench.random_model import random_config
from personaplex_ros.engine.bench.random_model import random_lm
from personaplex_ros.engine.bench.random_model import WordTokenizer
from personaplex_ros.engine.bench.stages import StageClock
from personaplex_ros.engine.bench.stages import STAGES
from personaplex_ros.engine.bench.upstream_loop import UpstreamLoop
from personaplex_ros.engine.doctor import bandwidth
from personaplex_ros.engine.doctor.sizes import count
from personaplex_ros.engine.failure import StartFailure
from personaplex_ros.engine.slices import FIRST_SLICE_POSITIONS
from personaplex_ros.model.config import ModelConfig
from personaplex_ros.model.lm import LanguageModel
from personaplex_ros.model.sampling import Sampling
from personaplex_ros.model.session import Session

CPU = torch.device('cpu')
SMALL = random_config(RANDOM_SMALL)
FRAMES = 4
PARITY_FRAMES = 30
TIMES = {'p50', 'p90', 'p99', 'p99_9', 'max', 'mean', 'count'}


@pytest.fixture(scope='module')
def result(tmp_path_factory: pytest.TempPathFactory) -> dict:
    """What `bench --model random-small` writes; both loops have run."""
    folder = tmp_path_factory.mktemp('results')
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(bandwidth, 'SIZES_BYTES', (1 << 16,))
        patch.setattr(frames, 'WARM_UP_FRAMES', 3)
        arguments = ('--model', 'random-small', '--device', 'cpu', '--frames', str(FRAMES))
        assert cli.main(['bench', *arguments, '--out', str(folder)]) == 0
    (written,) = folder.glob('*.json')
    assert written.name.startswith('random-small-cpu-')
    assert written.with_suffix('.png').read_bytes().startswith(b'\x89PNG')
    return json.loads(written.read_text())


@pytest.fixture(scope='module')
def upstream() -> UpstreamLoop:
    torch.set_num_threads(1)
    return UpstreamLoop(SMALL, CPU, torch.float32)


def noise(seed: int) -> np.ndarray:
    generator = np.random.default_rng(seed)
    return generator.integers(-3_000, 3_000, SAMPLES_PER_FRAME).astype(np.int16)


def test_both_loops_are_timed_in_the_same_run(result: dict) -> None:
    assert set(result['loops']) == {'engine', 'upstream'}
    for loop in result['loops'].values():
        assert set(loop['back_to_back_ms']) >= TIMES | {'missed', 'longest_streak'}
        assert loop['back_to_back_ms']['count'] == len(loop['frame_ms']) == FRAMES
        assert loop['real_time_ms']['count'] == FRAMES // 4
        assert set(loop['stages_ms']) == set(STAGES)
        assert all(times['p50'] > 0 for times in loop['stages_ms'].values())
        assert loop['work_per_frame']['operations'] > 100
        assert all(size > 0 for size in loop['memory_bytes'].values())
    p50 = {name: loop['back_to_back_ms']['p50'] for name, loop in result['loops'].items()}
    assert result['comparison']['times_faster_than_upstream'] == pytest.approx(
        p50['upstream'] / p50['engine'], rel=0.01
    )


def test_upstream_does_twice_the_depth_steps_and_codecs(result: dict) -> None:
    ours, theirs = (
        result['loops'][name]['work_per_frame']['operations'] for name in ('engine', 'upstream')
    )
    assert theirs > 1.5 * ours


def test_prompts_are_of_92_positions_and_compared_with_as_many_steps(result: dict) -> None:
    prompts, stages = (result['loops']['engine'][one] for one in ('prompts', 'stages_ms'))
    assert prompts['positions'] == 92
    step_ms = sum(stages[name]['p50'] for name in ('temporal', 'text', 'depth'))
    assert prompts['stepped_ms'] == pytest.approx(91 * step_ms, rel=0.01)
    assert prompts['prefill_ms']['count'] == prompts['kept']['misses'] - 2  # two warmed up
    assert prompts['kept']['hits'] == prompts['restore_ms']['count']
    position = count(SMALL, torch.float32).position
    assert 0 < prompts['snapshot_bytes'] - 92 * position < 2_000


def test_the_conditions_are_there_and_name_nobody(result: dict) -> None:
    conditions = result['conditions']
    assert {'date', 'machine', 'gpu', 'git', 'torch', 'threads', 'memory_bytes_per_s'} <= set(
        conditions
    )
    assert conditions['machine']['cpu']
    written = json.dumps(result)
    assert str(Path.home()) not in written
    assert str(Path(__file__).parents[2]) not in written


def test_the_marks_are_gone_after_the_stages() -> None:
    before = MimiModel.encode, MimiModel.decode, CUDAGraphed.__call__
    with StageClock(CPU).watching():
        assert MimiModel.encode is not before[0]
    assert (MimiModel.encode, MimiModel.decode, CUDAGraphed.__call__) == before


def test_a_stage_is_the_time_between_its_marks(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = StageClock(CPU)
    marks = iter((1.0, 1.5, 2.0, 2.25, 3.0, 3.125))
    monkeypatch.setattr(clock, '_mark', lambda: next(marks))

    def forward_text() -> None:
        pass

    def depformer_step() -> None:
        pass

    with clock.watching():
        for function in (forward_text, depformer_step):
            CUDAGraphed(function, disable=True)()
    clock.end_frame()
    assert dict(clock.ms) == {
        'encode': [0.0], 'temporal': [500.0], 'text': [500.0], 'depth': [250.0], 'decode': [0.0]
    }  # fmt: skip


def test_upstream_speaks_once_its_delays_are_filled(upstream: UpstreamLoop) -> None:
    said = [upstream.step(noise(number)) for number in range(4)]
    assert said[0] is None
    assert said[-1] is not None and said[-1].shape == (1, 1, SAMPLES_PER_FRAME)
    assert np.isfinite(said[-1]).all()


def test_upstream_reads_what_was_heard_where_its_depth_steps_guessed(
    upstream: UpstreamLoop,
) -> None:
    upstream.step(noise(10))
    before = upstream._heard.clone()
    upstream.step(noise(11))
    state = upstream._gen._streaming_state
    waiting = state.cache[0, :, state.offset_cpu % state.cache.shape[2]]
    user = waiting[1 + SMALL.agent_codebooks :]
    assert not torch.equal(before, upstream._heard)
    assert user[0] == upstream._heard[0, 0]
    assert torch.equal(user[1:], before[0, 1:])


@torch.no_grad()
def test_upstream_says_what_eight_depth_steps_say_and_needs_one_frame_more_for_it() -> None:
    greedy = replace(SMALL, sampling=Sampling(audio_temperature=0.0, text_temperature=0.0))
    loop = UpstreamLoop(greedy, CPU, torch.float32)
    lm = random_lm(greedy.lm, CPU, torch.float32)
    cut = lm.load_state_dict(loop._gen.lm_model.state_dict(), strict=False)
    assert not cut.missing_keys
    ours = LMGen(lm, temp=0.0, temp_text=0.0)
    ours.streaming_forever(1)
    heard = torch.randint(SMALL.lm['card'], (PARITY_FRAMES + 1, 1, 8, 1))
    said, frames_heard = [], iter(heard[1:])
    loop._codecs = [
        SimpleNamespace(
            encode=lambda samples: next(frames_heard),
            decode=lambda codes: said.append(codes) or codes,
        ),
        SimpleNamespace(encode=lambda samples: None, decode=lambda codes: None),
    ]
    for number in range(PARITY_FRAMES):
        expected = ours.step(heard[number])
        loop.step(noise(number))
        if expected is not None:
            assert torch.equal(said[-1], expected[:, 1:])
    assert len(said) == PARITY_FRAMES - 1


def test_upstream_runs_a_depth_step_for_every_codebook(upstream: UpstreamLoop) -> None:
    assert upstream._gen.lm_model.dep_q == SMALL.lm['n_q'] == 2 * SMALL.agent_codebooks


@pytest.mark.parametrize('model', RANDOM_MODELS)
def test_a_random_model_is_described_as_a_directory_would_be(model: str) -> None:
    config = random_config(model)
    assert ModelConfig.from_json(config.to_json()) == config


def test_a_random_model_leaves_no_files() -> None:
    with random_checkpoint(SMALL) as checkpoint:
        assert checkpoint.voices_directory.is_dir()
    assert not checkpoint.directory.exists()


def test_a_word_is_a_token_that_the_model_knows() -> None:
    ids = WordTokenizer(512).encode('<system> You sell tea. <system>')
    assert len(ids) == 5
    assert all(4 <= one < 512 for one in ids)


def test_percentiles_and_misses_count_every_frame() -> None:
    times = [10.0] * 6 + [90.0, 91.0, 10.0, 95.0]
    assert summarise(times)['max'] == 95.0
    assert summarise(times)['p50'] == 10.0
    assert deadlines(times) == {'missed': 3, 'longest_streak': 2}
    assert deadlines([80.0]) == {'missed': 0, 'longest_streak': 0}


def test_the_window_is_filled_to_nine_tenths_when_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(frames, 'WARM_UP_FRAMES', 2)
    heard = []
    bench = frames.FrameBench('fake', heard.append, CPU, Plan(frames=5, fill_window=True))
    measured = bench.run(positions_before=10, window=50)
    assert measured['window'] == {'positions': 50, 'taken_at_begin': 40}


@pytest.mark.skipif(torch.cuda.is_available(), reason='there is a GPU: random-7b would run')
def test_the_full_size_is_skipped_with_a_reason_where_no_gpu_is(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    assert cli.main(['bench', '--model', 'random-7b', '--out', str(tmp_path)]) == 2
    told = capsys.readouterr().err
    assert told.count('\n') == 1
    assert 'CUDA device' in told
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ('arguments', 'named'),
    [
        (('--frames', '0'), 'whole number'),
        (('--json', '/proc/none/x.json'), '/proc/none'),
        (('--model', '/nowhere'), '/nowhere'),
    ],
)
def test_what_cannot_be_measured_is_told_in_one_line(
    arguments: tuple[str, ...], named: str, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    where = () if '--json' in arguments else ('--out', str(tmp_path))
    try:
        status = cli.main(['bench', *arguments, *where])
    except SystemExit as ended:
        status = ended.code
    told = capsys.readouterr().err
    assert status == 2
    assert told.count('\n') == 1 and named in told


@pytest.mark.skipif(not torch.cuda.is_available(), reason='no CUDA device: nothing to compare on')
def test_on_a_gpu_nothing_runs_eagerly_between_the_graphs_but_sampling_and_copies() -> None:
    from personaplex_ros.engine.bench.run import run

    measured = run(Plan(model='random-small', device='cuda', frames=20))
    work = measured['loops']['engine']['work_per_frame']
    assert work['graphs'] >= 2
    assert work['eager_kernels'] < measured['loops']['upstream']['work_per_frame']['eager_kernels']


@pytest.mark.parametrize('gpus', [1, 2])
def test_a_numbered_gpu_is_measured_under_its_number_or_refused(gpus, monkeypatch) -> None:
    monkeypatch.setattr(torch.cuda, 'is_available', lambda: True)
    monkeypatch.setattr(torch.cuda, 'device_count', lambda: gpus)
    made_current = []
    monkeypatch.setattr(torch.cuda, 'set_device', made_current.append)
    plan = Plan(device='cuda:1')
    if gpus == 2:
        assert bench_run._device(plan) == torch.device('cuda:1')
        assert made_current == [torch.device('cuda:1')]
    else:
        with pytest.raises(StartFailure, match='torch sees cuda:0 alone'):
            bench_run._device(plan)


def test_a_run_beyond_the_window_is_rebuilt_between_frames_and_in_none(monkeypatch) -> None:
    context = 160
    prompt = replace(SMALL.prompt, max_positions=100)
    short = replace(SMALL, lm=SMALL.lm | {'context': context, 'num_layers': 1}, prompt=prompt)
    monkeypatch.setattr(loops, 'random_config', lambda model: short)
    monkeypatch.setattr(frames, 'WARM_UP_FRAMES', 3)
    within, between, in_a_frame = [], [], []
    take_in, step = LanguageModel.take_in, Session.step

    def noted_take_in(lm: LanguageModel, inputs: torch.Tensor) -> None:
        (within if in_a_frame else between).append(inputs.shape[1])
        take_in(lm, inputs)

    def noted_step(session: Session, pcm: np.ndarray) -> object:
        in_a_frame.append(True)
        try:
            return step(session, pcm)
        finally:
            in_a_frame.clear()

    monkeypatch.setattr(LanguageModel, 'take_in', noted_take_in)
    monkeypatch.setattr(Session, 'step', noted_step)
    measured = loops.measure_engine(short, Plan(model=RANDOM_SMALL, frames=60), CPU)
    assert not within
    slices = measured['slice_ms']['count']
    assert slices > 1
    assert between.count(FIRST_SLICE_POSITIONS) >= 1
    assert 'slice of a rebuild' in '\n'.join(table._frames(measured))

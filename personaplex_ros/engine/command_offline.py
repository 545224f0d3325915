# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""`personaplex-engine offline`: its options, checked before the model loads, and the run."""

import argparse
from collections.abc import Callable
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from dataclasses import replace
from pathlib import Path
import sys
import time
from typing import Any
from typing import TYPE_CHECKING

import numpy as np

from personaplex_ros.audio.format import FRAME_MS
from personaplex_ros.audio.format import FRAME_RATE_HZ
from personaplex_ros.audio.format import SAMPLE_RATE_HZ
from personaplex_ros.engine import offline
from personaplex_ros.engine.failure import StartFailure
from personaplex_ros.engine.loader import load_model
from personaplex_ros.engine.offline_options import add_options
from personaplex_ros.engine.query import NO_SEED
from personaplex_ros.engine.settings import ServeSettings
from personaplex_ros.engine.voice_folder import voice_files
from personaplex_ros.engine.voice_folder import with_voices
from personaplex_ros.wire.limits import check_text_prompt
from personaplex_ros.wire.limits import check_voice_name
from personaplex_ros.wire.limits import LimitError

if TYPE_CHECKING:
    from personaplex_ros.model.checkpoint import Checkpoint
    from personaplex_ros.model.prompt import Prompt

NAME = 'offline'
SUMMARY = 'answer a sound file with a wav and a JSON list of text, as fast as the model goes'

__all__ = ['NAME', 'SUMMARY', 'add_options', 'run']

EXIT_INTERRUPTED = 130
"""What a shell reports for a command that Ctrl-C ended."""

_SAMPLING = {
    'temp_audio': 'audio_temperature',
    'temp_text': 'text_temperature',
    'topk_audio': 'audio_top_k',
    'topk_text': 'text_top_k',
}
"""Options by their upstream names, and the fields of Sampling they set."""


@dataclass(frozen=True)
class _Job:
    """What can be checked without torch, checked."""

    samples: np.ndarray
    wav: Path
    text: Path
    voice: str
    voice_files: list[Path] | None
    """Where the voice is not the model's own."""

    text_prompt: str


def run(options: argparse.Namespace) -> int:
    """Answer the file; returns the exit status. Raises StartFailure."""
    try:
        _answer(_check(options), options)
    except KeyboardInterrupt:
        print('personaplex-engine offline: interrupted; nothing is written', file=sys.stderr)
        return EXIT_INTERRUPTED
    return 0


def _check(options: argparse.Namespace) -> _Job:
    folder, files = options.voice_prompt_dir, None
    try:
        if folder is not None:
            files = voice_files(options.voice_prompt, folder)
        voice = check_voice_name(files[0].name if files else options.voice_prompt)
        text_prompt = check_text_prompt(options.text_prompt)
    except LimitError as error:
        raise StartFailure(str(error)) from None
    wav, text = (offline.check_output(path) for path in (options.output_wav, options.output_text))
    if wav == text:
        raise StartFailure('--output-wav and --output-text are the same file; name two')
    heard = options.input_wav.expanduser()
    samples = offline.read_recording(heard)
    if heard.resolve() in (wav, text):
        raise StartFailure(f'{heard} would be overwritten by the answer; name another output')
    tail = round(options.tail * SAMPLE_RATE_HZ)
    return _Job(np.pad(samples, (0, tail)), wav, text, voice, files, text_prompt)


def _answer(job: _Job, options: argparse.Namespace) -> None:
    from personaplex_ros.model.prompt import Prompt  # it imports torch

    prompt = Prompt(text=job.text_prompt, voice=job.voice)
    changes = _changes(options)
    with _directory(options.model, job.voice_files) as directory:
        checkpoint = _checkpoint(directory, prompt)
        settings = ServeSettings(model=str(directory), device=options.device)
        model = load_model(settings, checkpoint)
        session = model.open_session(replace(checkpoint.config.sampling, **changes))
        try:
            session.prompt(prompt)
            started = time.perf_counter()
            tell = _progress(len(job.samples), started)
            reply = offline.answer(session, checkpoint.config.control_ids, job.samples, tell)
            elapsed_s = time.perf_counter() - started
        finally:
            session.close()
    offline.write_reply(reply, job.wav, job.text)
    print(_summary(reply, elapsed_s))


@contextmanager
def _directory(model: str, files: list[Path] | None) -> Iterator[Path]:
    """Give the model's directory, with other voices where files are given."""
    from personaplex_ros.engine.published import model_directory
    from personaplex_ros.model.checkpoint import CheckpointError

    try:
        directory = model_directory(model)
    except CheckpointError as error:
        raise StartFailure(str(error)) from None
    if files is None:
        yield directory
    else:
        with with_voices(directory, files) as overlay:
            yield overlay


def _checkpoint(directory: Path, prompt: 'Prompt') -> 'Checkpoint':
    """Read the headers of a model and try the prompt on them: its weights may take minutes.

    A wav voice is read and measured, but not encoded: that takes the codec.
    """
    import torch

    from personaplex_ros.model.checkpoint import Checkpoint
    from personaplex_ros.model.checkpoint import CheckpointError
    from personaplex_ros.model.prompt import PromptError
    from personaplex_ros.model.prompting import PromptPreparer
    from personaplex_ros.model.voices import VoiceLibrary

    try:
        checkpoint = Checkpoint(directory)
        config = checkpoint.config
        voices = VoiceLibrary(
            checkpoint.voices_directory,
            config,
            lambda frames: torch.zeros(config.agent_codebooks, len(frames), dtype=torch.long),
        )
        encode = checkpoint.load_tokenizer().encode
        PromptPreparer(config, voices, encode, torch.device('cpu')).prepare(prompt)
    except (CheckpointError, PromptError) as error:
        raise StartFailure(str(error)) from None
    return checkpoint


def _changes(options: argparse.Namespace) -> dict[str, Any]:
    """Return the fields of Sampling that the options set, in range. Raises StartFailure."""
    from personaplex_ros.model.sampling import Sampling  # its package imports torch

    given = {field: getattr(options, name) for name, field in _SAMPLING.items()}
    changes = {field: value for field, value in given.items() if value is not None}
    if options.greedy:
        changes |= {'audio_temperature': 0.0, 'text_temperature': 0.0}
    changes['seed'] = None if options.seed == NO_SEED else options.seed
    try:
        Sampling(**changes).validate()
    except ValueError as error:
        raise StartFailure(str(error)) from None
    return changes


def _progress(samples: int, started: float) -> Callable[[int], None]:
    """Return what tells a person at a terminal, once per second of sound, how far it is."""
    if not sys.stderr.isatty():
        return lambda done: None
    whole_s = samples / SAMPLE_RATE_HZ

    def tell(done: int) -> None:
        done_s = min(done / FRAME_RATE_HZ, whole_s)
        if done % round(FRAME_RATE_HZ) == 0 or done_s == whole_s:
            speed = done_s / (time.perf_counter() - started)
            end = '\n' if done_s == whole_s else ''
            print(
                f'\r{done_s:7.1f} of {whole_s:.1f} s, {speed:.1f} times real time',
                end=end,
                file=sys.stderr,
                flush=True,
            )

    return tell


def _summary(reply: offline.Reply, elapsed_s: float) -> str:
    frames = len(reply.frame_ms)
    p50, p99 = np.percentile(reply.frame_ms, [50, 99])
    factor = elapsed_s * 1e3 / (frames * FRAME_MS)
    return (
        f'{frames} frames ({len(reply.pcm) / SAMPLE_RATE_HZ:.2f} s) in {elapsed_s:.2f} s: '
        f'real-time factor {factor:.3f}, frame p50 {p50:.1f} ms, p99 {p99:.1f} ms'
    )

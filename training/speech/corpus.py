# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""The spoken corpus on disk: one file of samples, one of phones, one line of JSON a clip."""

from collections.abc import Callable
from collections.abc import Iterable
from dataclasses import asdict
from dataclasses import dataclass
import json
from multiprocessing import get_context
from pathlib import Path

import numpy as np
from tqdm import tqdm

from personaplex_ros.audio.format import SAMPLE_RATE_HZ
from training.speech.plan import Order
from training.speech.plan import VISITOR
from training.speech.rendering import Rendering
from training.speech.voices import is_like_a_trained_one
from training.speech.voices import Manner
from training.speech.voices import render

SAMPLES, SLOTS, CLIPS = 'samples.s16', 'slots.u8', 'clips.jsonl'
RENDERED_AT_ONCE = 64

Speak = Callable[[str, Manner], Rendering]


@dataclass(frozen=True)
class Clip:
    """A rendered order and where it lies."""

    role: str
    split: str
    intent: str
    text: str
    voice: str
    start: int
    samples: int
    first_slot: int
    slots: int
    word_starts_s: tuple[float, ...]


class Corpus:
    """All clips of a folder, memory-mapped."""

    def __init__(self, folder: Path) -> None:
        """Raises FileNotFoundError where the data stage has not run."""
        if not (folder / CLIPS).exists():
            raise FileNotFoundError(f'{folder} holds no speech: make -C training data')
        self.clips = _whole(folder / CLIPS)
        # copy on write: torch wants arrays that it could write to
        self.all_samples = np.memmap(folder / SAMPLES, dtype='<i2', mode='c')
        self.all_slots = np.memmap(folder / SLOTS, dtype=np.uint8, mode='c')

    def samples(self, clip: Clip) -> np.ndarray:
        """int16 [n], 24 kHz."""
        return self.all_samples[clip.start : clip.start + clip.samples]

    def slots(self, clip: Clip) -> np.ndarray:
        """uint8 [ceil(n / SLOT_SAMPLES)]."""
        return self.all_slots[clip.first_slot : clip.first_slot + clip.slots]

    def of(self, role: str, *splits: str) -> list[Clip]:
        """Return the clips of a role, of these splits."""
        return [one for one in self.clips if one.role == role and one.split in splits]

    def judging(self, split: str) -> list[Clip]:
        """Return what visitors say in a judging split, without voices too like trained ones."""
        clips = self.of(VISITOR, split)
        return [one for one in clips if not is_like_a_trained_one(one.voice)]

    @property
    def hours(self) -> float:
        """How much there is to hear."""
        return len(self.all_samples) / SAMPLE_RATE_HZ / 3_600


def write_corpus(
    folder: Path, orders: Iterable[Order], jobs: int = 1, speak: Speak = render
) -> None:
    """Render every order; a folder that holds the first of them already is gone on with.

    The list of clips is written last for each batch, so an interrupted run leaves only whole ones.
    Raises ValueError where the folder holds something else.
    """
    folder.mkdir(parents=True, exist_ok=True)
    wanted = list(orders)
    done = _whole(folder / CLIPS)
    if [_asked(one) for one in done] != [_asked(one) for one in wanted[: len(done)]]:
        raise ValueError(f'{folder} holds clips of another plan: remove it or use another --home')
    with _Writer(folder, done) as writer, tqdm(total=len(wanted), initial=len(done)) as bar:
        for first in range(len(done), len(wanted), RENDERED_AT_ONCE):
            batch = wanted[first : first + RENDERED_AT_ONCE]
            writer.add(batch, _rendered(batch, jobs, speak))
            bar.update(len(batch))


def _rendered(batch: list[Order], jobs: int, speak: Speak) -> list[Rendering]:
    if jobs == 1:
        return [speak(one.text, one.manner) for one in batch]
    return _pool(jobs).starmap(speak, [(one.text, one.manner) for one in batch])


_pools: dict[int, object] = {}


def _pool(jobs: int):
    """Keep the processes: they hold the synthesiser's data and the phone counts of words."""
    if jobs not in _pools:
        _pools[jobs] = get_context('spawn').Pool(jobs)
    return _pools[jobs]


def _asked(one: Clip | Order) -> tuple[str, str, str, str]:
    voice = one.voice if isinstance(one, Clip) else one.manner.name
    return one.split, one.intent, one.text, voice


def _whole(path: Path) -> list[Clip]:
    """Return the clips whose lines are complete."""
    if not path.exists():
        return []
    lines = path.read_text(encoding='utf-8').splitlines(keepends=True)
    return [Clip(**json.loads(line)) for line in lines if line.endswith('\n')]


class _Writer:
    """Appends to the three files, behind the last whole clip."""

    def __init__(self, folder: Path, done: list[Clip]) -> None:
        last = done[-1] if done else None
        self._sample = last.start + last.samples if last else 0
        self._slot = last.first_slot + last.slots if last else 0
        self._files = [_at(folder / SAMPLES, 2 * self._sample), _at(folder / SLOTS, self._slot)]
        lines = ''.join(_line(one) for one in done)
        self._clips = _at(folder / CLIPS, len(lines.encode()))

    def __enter__(self) -> '_Writer':
        return self

    def __exit__(self, *_: object) -> None:
        for file in (*self._files, self._clips):
            file.close()

    def add(self, orders: list[Order], rendered: list[Rendering]) -> None:
        lines = []
        for order, one in zip(orders, rendered, strict=True):
            clip = Clip(
                role=order.role,
                split=order.split,
                intent=order.intent,
                text=order.text,
                voice=order.manner.name,
                start=self._sample,
                samples=len(one.samples),
                first_slot=self._slot,
                slots=len(one.slots),
                word_starts_s=tuple(round(start, 3) for start in one.word_starts_s),
            )
            self._files[0].write(one.samples.astype('<i2').tobytes())
            self._files[1].write(one.slots.tobytes())
            self._sample += clip.samples
            self._slot += clip.slots
            lines.append(_line(clip).encode())
        for file in self._files:
            file.flush()
        self._clips.writelines(lines)
        self._clips.flush()


def _line(clip: Clip) -> str:
    return json.dumps(asdict(clip)) + '\n'


def _at(path: Path, size: int):
    """Open for writing at this byte; what a broken run left behind it is overwritten."""
    path.touch()
    file = path.open('r+b')
    file.truncate(size)
    file.seek(size)
    return file

# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""Clips as codes, and the backgrounds between them: all that conversations are composed of."""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
import json
from pathlib import Path

import numpy as np

from training import recipe
from training.speech.plan import TRAIN
from training.speech.voices import is_like_a_trained_one

AGENT, VISITORS, JUDGED = 'agent', 'visitors', 'judged'
BACKGROUNDS = 'backgrounds.npz'


@dataclass(frozen=True)
class Entry:
    """One clip as codes."""

    codes: np.ndarray
    """int16 [codebooks, frames]."""

    end: int
    """First frame behind the last sound of the voice."""

    role: str
    split: str
    intent: str
    text: str
    voice: str
    word_starts_s: tuple[float, ...]
    """From the first frame on."""


class CodeBank:
    """Entries in one array, found by what they say."""

    def __init__(self, codes: np.ndarray, rows: list[dict]) -> None:
        """codes: int16 [codebooks, all frames]; rows: an Entry each, with 'start' and 'frames'."""
        self._codes, self._rows = codes, rows
        self._index: dict[tuple[str, ...], list[int]] = defaultdict(list)
        for number, row in enumerate(rows):
            self._index[(row['split'], row['intent'])].append(number)
            self._index[(row['text'], row['voice'])].append(number)
            self._index[(row['voice'],)].append(number)

    @staticmethod
    def of(entries: list[Entry]) -> 'CodeBank':
        """Put entries into one array."""
        nothing = np.zeros((recipe.CODEBOOKS, 0), dtype=np.int16)
        return CodeBank(nothing, []).and_more(entries)

    def and_more(self, entries: list[Entry]) -> 'CodeBank':
        """Return a bank with these entries behind those that there are."""
        rows, start = list(self._rows), self._codes.shape[1]
        for entry in entries:
            row = {**entry.__dict__, 'start': start, 'frames': entry.codes.shape[1]}
            del row['codes']
            rows.append(row)
            start += entry.codes.shape[1]
        codes = [self._codes, *(entry.codes for entry in entries)]
        return CodeBank(np.concatenate(codes, axis=1), rows)

    def first(self, count: int) -> 'CodeBank':
        """Return a bank of the first entries."""
        frames = sum(row['frames'] for row in self._rows[:count])
        return CodeBank(self._codes[:, :frames], self._rows[:count])

    def __len__(self) -> int:
        return len(self._rows)

    def draw(self, rng: np.random.Generator, *key: str) -> Entry:
        """Return one of the entries for (split, intent), (text, voice) or (voice,).

        Raises KeyError where there is none.
        """
        numbers = self._index.get(key)
        if not numbers:
            raise KeyError(f'no clip for {key}: make -C training data banks, all of it')
        return self._entry(numbers[rng.integers(len(numbers))])

    def clips(self) -> list[tuple[str, str]]:
        """Return text and voice of every entry."""
        return [(row['text'], row['voice']) for row in self._rows]

    def without(self, is_left_out: Callable[[str], bool]) -> 'CodeBank':
        """Return a bank in which nothing of these voices is found."""
        rows = [row for row in self._rows if not is_left_out(row['voice'])]
        return CodeBank(self._codes, rows)

    def all_of(self, *key: str) -> list[Entry]:
        """Return all entries for a key of draw()."""
        return [self._entry(number) for number in self._index.get(key, [])]

    def save(self, folder: Path, name: str) -> None:
        """Write NAME.npy, then NAME.jsonl: a bank that grows is readable all the time."""
        partial = folder / f'{name}.partial.npy'
        np.save(partial, self._codes)
        partial.replace(folder / f'{name}.npy')
        lines = ''.join(json.dumps(row) + '\n' for row in self._rows)
        partial = folder / f'{name}.partial.jsonl'
        partial.write_text(lines, encoding='utf-8')
        partial.replace(folder / f'{name}.jsonl')

    @staticmethod
    def load(folder: Path, name: str) -> 'CodeBank':
        """Read what save() wrote."""
        lines = (folder / f'{name}.jsonl').read_text(encoding='utf-8').splitlines()
        return CodeBank(np.load(folder / f'{name}.npy'), [json.loads(line) for line in lines])

    def _entry(self, number: int) -> Entry:
        row = dict(self._rows[number])
        start, frames = row.pop('start'), row.pop('frames')
        row['word_starts_s'] = tuple(row['word_starts_s'])
        return Entry(codes=self._codes[:, start : start + frames], **row)


@dataclass(frozen=True)
class Banks:
    """Everything that was encoded."""

    agent: CodeBank
    visitors: CodeBank
    judged: CodeBank
    noise: np.ndarray
    """int16 [rows, codebooks, frames]: what there is to hear where nobody talks to the robot."""

    babble: np.ndarray
    silence_codes: list[int]
    """Of the agent where it says nothing."""

    quiet_codes: list[int]
    """Of a microphone that hears nothing."""

    sine_codes: list[int]
    vectors: np.ndarray
    """float32 [codebooks, bins, evidence]: what each code says about phones."""

    codec_step: int
    """Of the codec that all of it was encoded with."""

    sharp_step: int
    """Of its sharpened encoder; 0 for the first one."""

    def visitors_of(self, split: str) -> CodeBank:
        """Return the bank of a split; to judge with, without voices too like trained ones."""
        return self.visitors if split == TRAIN else self.judged.without(is_like_a_trained_one)

    def silence(self, frames: int) -> np.ndarray:
        """Return the agent's: int16 [codebooks, frames]."""
        return _again(self.silence_codes, frames)

    def quiet(self, frames: int) -> np.ndarray:
        """Return the microphone's: int16 [codebooks, frames]."""
        return _again(self.quiet_codes, frames)


def _again(codes: list[int], frames: int) -> np.ndarray:
    column = np.array(codes, dtype=np.int16)[:, None]
    return np.broadcast_to(column, (recipe.CODEBOOKS, frames))


def save_banks(folder: Path, banks: Banks) -> None:
    """Write all of it, each file whole: who reads banks while they grow finds no half one."""
    folder.mkdir(parents=True, exist_ok=True)
    banks.agent.save(folder, AGENT)
    banks.visitors.save(folder, VISITORS)
    banks.judged.save(folder, JUDGED)
    partial = folder / f'partial.{BACKGROUNDS}'
    np.savez(
        partial,
        noise=banks.noise,
        babble=banks.babble,
        silence=np.array(banks.silence_codes),
        quiet=np.array(banks.quiet_codes),
        sine=np.array(banks.sine_codes),
        vectors=banks.vectors,
        codec_step=banks.codec_step,
        sharp_step=banks.sharp_step,
    )
    partial.replace(folder / BACKGROUNDS)


def load_banks(folder: Path) -> Banks:
    """Raises FileNotFoundError where the banks stage has not run."""
    if not (folder / BACKGROUNDS).exists():
        raise FileNotFoundError(f'{folder} holds no codes: make -C training banks')
    backgrounds = np.load(folder / BACKGROUNDS)
    return Banks(
        agent=CodeBank.load(folder, AGENT),
        visitors=CodeBank.load(folder, VISITORS),
        judged=CodeBank.load(folder, JUDGED),
        noise=backgrounds['noise'],
        babble=backgrounds['babble'],
        silence_codes=backgrounds['silence'].tolist(),
        quiet_codes=backgrounds['quiet'].tolist(),
        sine_codes=backgrounds['sine'].tolist(),
        vectors=backgrounds['vectors'],
        codec_step=int(backgrounds['codec_step']),
        sharp_step=int(backgrounds['sharp_step']),
    )

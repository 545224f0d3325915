# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""The files of a recording; a disk that is full ends the recording and nothing else."""

from collections.abc import Callable
import json
from pathlib import Path
from typing import Any
from typing import TextIO

import numpy as np
import soundfile

from personaplex_ros.audio.format import SAMPLE_RATE_HZ

FRAMES_A_WAV = 6 * 3600 * SAMPLE_RATE_HZ
"""Six hours, 2.07 GB: a WAV ends at 4 GiB, and for some players at 2."""


class RecordingFiles:
    """conversation.wav, transcript.jsonl and events.jsonl. Not thread safe.

    After six hours the sound goes on in conversation_2.wav, and so on.
    """

    def __init__(self, folder: Path, on_failure: Callable[[str], None]) -> None:
        """on_failure: called once, with what to do, where a file cannot be written any more."""
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._on_failure = on_failure
        self._has_failed = False
        self._wavs = 0
        self._wav = self._next_wav()
        self._transcript = _open(folder / 'transcript.jsonl')
        self._events = _open(folder / 'events.jsonl')

    @property
    def closed(self) -> bool:
        """Whether all that comes now is dropped."""
        return bool(self._wav.closed)

    def tape(self, samples: np.ndarray) -> None:
        """Write sound, int16 [n, 2], 24 kHz."""
        self._try(self._wav, self._write_sound, samples)

    def utterance(self, line: dict[str, Any]) -> None:
        """Write what was said."""
        self._try(self._transcript, _write, self._transcript, line)

    def event(self, line: dict[str, Any]) -> None:
        """Write what happened."""
        self._try(self._events, _write, self._events, line)

    def close(self) -> None:
        """Finish the files; may be called more than once."""
        for file in (self._wav, self._transcript, self._events):
            self._try(file, file.close)

    def _next_wav(self) -> soundfile.SoundFile:
        self._wavs += 1
        self._room = FRAMES_A_WAV
        name = 'conversation.wav' if self._wavs == 1 else f'conversation_{self._wavs}.wav'
        return soundfile.SoundFile(self._folder / name, 'w', SAMPLE_RATE_HZ, 2, subtype='PCM_16')

    def _write_sound(self, samples: np.ndarray) -> None:
        room = self._room
        self._wav.write(samples[:room])
        self._room -= min(len(samples), room)
        if len(samples) > room:
            self._wav.close()
            self._wav = self._next_wav()
            self._write_sound(samples[room:])

    def _try(self, file: Any, action: Callable[..., None], *arguments: Any) -> None:
        if file.closed:
            return
        try:
            action(*arguments)
        # RuntimeError: of soundfile; its own classes are newer than Ubuntu 22.04's 0.10
        except (OSError, RuntimeError) as error:
            self._fail(error)

    def _fail(self, error: Exception) -> None:
        if self._has_failed:
            return
        self._has_failed = True
        self.close()
        self._on_failure(
            f'the recording in {self._folder} ends here: {error}; '
            'make room on the disk and start the recorder anew'
        )


def _open(path: Path) -> TextIO:
    """JSON can name half a character, which no file can hold: it is replaced."""
    return path.open('w', encoding='utf-8', errors='replace')


def _write(file: TextIO, line: dict[str, Any]) -> None:
    file.write(json.dumps(line, ensure_ascii=False) + '\n')
    file.flush()

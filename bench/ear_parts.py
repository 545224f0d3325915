# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""The parts of `make bench-ear`: each begins with a new ear and returns its figures."""

from collections import Counter
from collections.abc import Callable
from collections.abc import Iterable
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from bench.ear_people import recordings
from bench.ear_robot import Robot
from bench.ear_robot import Tally
from bench.ear_robot import WAKE_WORD
from bench.ear_sounds import babble
from bench.ear_sounds import dither
from bench.ear_sounds import quieter
from bench.ear_sounds import room
from bench.ear_sounds import Surroundings
from bench.ear_sounds import white_noise
from bench.ear_speech import Material
from bench.ear_speech import speak
from bench.ear_speech import UNKNOWN
from bench.ear_speech import Voices
from personaplex_ros.tools.catalogue import Catalogue

WITHOUT = 200
FIRST_EVERY = 3
"""A new ear takes a second to make: every third command has one of its own."""

Progress = Callable[[int, int], None]
"""Called with (done, all)."""


@dataclass(frozen=True)
class Clip:
    """A command and who says it."""

    text: str
    """The wake word included, without the comma behind it."""

    voice: str
    how: tuple[str, ...]

    def sound(self) -> np.ndarray:
        """Return int16 [n], 16 kHz mono."""
        return speak(self.text.replace(WAKE_WORD, f'{WAKE_WORD},', 1), self.how)


class Parts:
    """What is measured, by name, in the order of the table."""

    def __init__(
        self, catalogue: Catalogue, material: Material, folder: Path, progress: Progress
    ) -> None:
        """folder: for what is downloaded."""
        self._catalogue = catalogue
        self._material = material
        self._folder = folder
        self._progress = progress

    def names(self) -> list[str]:
        """Return the names of all parts."""
        return list(self._all())

    def measure(self, name: str) -> dict:
        """Return the figures of a part."""
        return self._all()[name]()

    def _all(self) -> dict[str, Callable[[], dict]]:
        return {
            'commands': lambda: self._commands(self._clips()),
            'without wake word': self._without_wake_word,
            '16 bit dither': lambda: self._commands(self._turns(), dither(1)),
            'noise -50 dBFS': lambda: self._commands(self._turns(), white_noise(-50.0, 2)),
            'noise -40 dBFS': lambda: self._commands(self._turns(), white_noise(-40.0, 3)),
            'noise -30 dBFS': lambda: self._commands(self._turns(), white_noise(-30.0, 4)),
            'babble -40 dBFS': lambda: self._commands(self._turns(), self._crowd(-40.0)),
            'room, RT60 0.4 s': lambda: self._commands(self._turns(), room(0.4, -60.0, 5)),
            'voice 10 dB lower': lambda: self._commands(self._turns(), quieter(10.0)),
            'voices never tuned on': lambda: self._commands(self._turns(UNKNOWN)),
            'first command after a start': self._first,
            'like the wake word': lambda: self._talk(self._material.section('like the wake word')),
            'other talk behind the wake word': lambda: self._talk(
                self._material.section('other talk behind the wake word')
            ),
            'people': self._people,
        }

    def _clips(self, voices: Voices | None = None) -> list[Clip]:
        return [
            Clip(f'{WAKE_WORD} {text}', voice, how)
            for text in self._material.commands
            for voice, how in (voices or self._material.voices).items()
        ]

    def _turns(self, voices: Voices | None = None) -> list[Clip]:
        """Return every command once; the voices take turns."""
        clips, size = self._clips(voices), len(voices or self._material.voices)
        return [clips[at * size + at % size] for at in range(len(clips) // size)]

    def _commands(self, clips: list[Clip], surroundings: Surroundings | None = None) -> dict:
        robot = Robot(self._catalogue)
        voices = {clip.voice: Tally() for clip in clips}
        for clip in self._with_progress(clips):
            heard = robot.hear(clip.sound(), surroundings)
            is_right = robot.understood(clip.text, heard)
            voices[clip.voice].note(f'{clip.voice}: {clip.text}', heard, is_right)
        whole = Counter()
        for tally in voices.values():
            whole.update(tally.counts())
        return {
            'clips': len(clips),
            **whole,
            'by_voice': {voice: tally.counts() for voice, tally in voices.items()},
            'mistakes': [mistake for tally in voices.values() for mistake in tally.mistakes],
            'share_of_a_core': round(robot.worked_s / robot.heard_s, 3),
            'last_chunk_ms_max': round(max(robot.last_chunk_ms, default=0.0), 1),
        }

    def _first(self) -> dict:
        """A new ear for every clip: its cepstral mean is the one it was born with."""
        clips = self._turns()[::FIRST_EVERY]
        tally = Tally()
        for clip in self._with_progress(clips):
            robot = Robot(self._catalogue)
            heard = robot.hear(clip.sound())
            is_right = robot.understood(clip.text, heard)
            tally.note(f'{clip.voice}: {clip.text}', heard, is_right)
        return {'clips': len(clips), **tally.counts(), 'mistakes': tally.mistakes}

    def _without_wake_word(self) -> dict:
        return self._talk(self._material.without_wake_word(WITHOUT))

    def _talk(self, sentences: list[str]) -> dict:
        """Count the sentences in which the ear hears a command; the voices take turns."""
        voices = list(self._material.voices.items())
        named = ((s, *voices[at % len(voices)]) for at, s in enumerate(sentences))
        said = ((f'{voice}: {s}', speak(s, how)) for s, voice, how in named)
        return self._not_addressed(said, len(sentences))

    def _people(self) -> dict:
        source, sounds = recordings(self._folder)
        clips = list(sounds)
        return {'from': source, **self._not_addressed(clips, len(clips))}

    def _not_addressed(self, sounds: Iterable[tuple[str, np.ndarray]], count: int) -> dict:
        robot = Robot(self._catalogue)
        heard_in, acted = [], 0
        for done, (name, sound) in enumerate(sounds, start=1):
            heard = robot.hear(sound)
            if heard:
                heard_in.append(f'{name} -> {", ".join(heard)}')
                acted += robot.acts(heard)
            self._progress(done, count)
        return {
            'sentences': count,
            'seconds': round(robot.heard_s),
            'heard': len(heard_in),
            'acted': acted,
            'mistakes': heard_in,
        }

    def _crowd(self, dbfs: float) -> Surroundings:
        """Return six voices that talk at once of other things."""
        talk = self._material.section('talk')
        voices = [*self._material.voices.values(), *UNKNOWN.values()][-6:]
        spoken = [
            np.concatenate([speak(text, how) for text in talk[at::6][:5]])
            for at, how in enumerate(voices)
        ]
        return babble(spoken, dbfs, 6)

    def _with_progress(self, clips: list[Clip]) -> Iterator[Clip]:
        for done, clip in enumerate(clips, start=1):
            yield clip
            self._progress(done, len(clips))

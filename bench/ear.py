# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""`make bench-ear`: synthesised speech to action through the command spotter, offline."""

import argparse
from collections import Counter
from dataclasses import dataclass
from dataclasses import field
import json
from pathlib import Path
from random import Random
import shutil
import sys
import time

import numpy as np

from bench.conditions import conditions
from bench.spoken import COMMANDS
from bench.spoken import speak
from bench.spoken import talk_without_wake_word
from bench.spoken import VOICES
from bench.tools import EXAMPLE
from bench.tools import Hands
from personaplex_ros.tools.audit import NoAudit
from personaplex_ros.tools.catalogue import Catalogue
from personaplex_ros.tools.ear.spotter import RATE_HZ
from personaplex_ros.tools.ear.spotter import Spotter
from personaplex_ros.tools.intent import ToolIntent
from personaplex_ros.tools.loading import load_catalogue
from personaplex_ros.tools.steps import Stage

RESULT = Path(__file__).parent / 'results' / 'ear.json'
WAKE_WORD = 'robot'
WITHOUT = 200
SNR_DB = (30, 20, 15, 10)
CHUNK = RATE_HZ // 50
SILENCE = np.zeros(RATE_HZ, np.int16)

Deed = tuple[tuple[str, str, str], ...]


@dataclass
class Tally:
    """How a set of clips went."""

    right: int = 0
    missed: int = 0
    wrong: int = 0
    mistakes: list[str] = field(default_factory=list)

    def note(self, text: str, heard: list[str], is_right: bool) -> None:
        """Count a clip."""
        if is_right:
            self.right += 1
        elif heard:
            self.wrong += 1
            self.mistakes.append(f'{text} -> {", ".join(heard)}')
        else:
            self.missed += 1
            self.mistakes.append(f'{text} -> nothing')

    def counts(self) -> dict[str, int]:
        """Return the numbers alone."""
        return {'right': self.right, 'missed': self.missed, 'wrong': self.wrong}


class Robot:
    """An ear and what acts on its words; counts what the listening costs."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        self._spotter = Spotter(catalogue, WAKE_WORD)
        self.heard_s = 0.0
        self.worked_s = 0.0
        self.last_chunk_ms: list[float] = []

    def hear(self, clip: np.ndarray) -> list[str]:
        """Return the commands in a clip, between silences, fed as a microphone would."""
        sound = np.concatenate((SILENCE[: RATE_HZ // 2], clip, SILENCE))
        heard: list[str] = []
        begun_s = time.thread_time()
        for at in range(0, len(sound), CHUNK):
            chunk_s = time.perf_counter()
            found = self._spotter.feed(sound[at : at + CHUNK])
            if found:
                self.last_chunk_ms.append((time.perf_counter() - chunk_s) * 1000)
            heard += found
        self.worked_s += time.thread_time() - begun_s
        self.heard_s += len(sound) / RATE_HZ
        return heard

    def deed(self, words: list[str]) -> Deed:
        """Return what the words lead to: (tool, arguments, last stage) of every proposal."""
        hands = Hands()
        intent = ToolIntent(self._catalogue, hands, NoAudit(), clock=lambda: hands.now_s)
        steps = [step for text in words for step in intent.user_said(text)]
        last = {step.call_id: step for step in steps}.values()
        deeds = [(s.tool, json.dumps(dict(s.arguments)), Stage(s.stage).name) for s in last]
        is_stopped = bool(intent.estop_pressed_by)
        return (*deeds, *([('estop', '', '')] if is_stopped else []))


def same(robot: Robot, text: str, heard: list[str]) -> bool:
    """Whether the ear's words lead to what the text itself leads to, and at least to its words."""
    wanted = robot.deed([text])
    return len(heard) == 1 and robot.deed(heard) == wanted and bool(wanted or heard == [text])


def noisy(clip: np.ndarray, snr_db: float, random: np.random.Generator) -> np.ndarray:
    """Return the clip with white noise; the level of speech is that of its louder half."""
    power = float(np.mean(np.sort(clip.astype(np.float64) ** 2)[len(clip) // 2 :]))
    noise = random.normal(0.0, np.sqrt(power / 10 ** (snr_db / 10)), len(clip))
    return np.clip(np.rint(clip + noise), -32768, 32767).astype(np.int16)


def measure(catalogue: Catalogue, with_noise: bool) -> dict:
    """Return everything that is measured."""
    robot = Robot(catalogue)
    clips = {(text, voice): speak(f'{WAKE_WORD}, {text}', voice) for text in COMMANDS
             for voice in VOICES}  # fmt: skip
    result: dict = {'commands': run(robot, clips)}
    acted = without_wake_word(robot)
    result['without_wake_word'] = {'sentences': WITHOUT, 'acted': len(acted), 'mistakes': acted}
    cost = robot.worked_s / robot.heard_s
    result['share_of_a_core_while_somebody_speaks'] = round(cost, 3)
    result['last_chunk_ms_max'] = round(max(robot.last_chunk_ms, default=0.0), 1)
    if with_noise:
        random = np.random.default_rng(7)
        result['white_noise'] = {}
        for snr_db in SNR_DB:
            loud = {key: noisy(clip, snr_db, random) for key, clip in clips.items()}
            result['white_noise'][f'{snr_db} dB'] = run(robot, loud)['all']
    return result


def run(robot: Robot, clips: dict[tuple[str, str], np.ndarray]) -> dict:
    """Return the tally of commands, as a whole and by voice."""
    voices = {voice: Tally() for voice in VOICES}
    for (text, voice), clip in clips.items():
        spoken = f'{WAKE_WORD} {text}'
        heard = robot.hear(clip)
        voices[voice].note(f'{voice}: {spoken}', heard, same(robot, spoken, heard))
    whole = Counter()
    for tally in voices.values():
        whole.update(tally.counts())
    mistakes = [mistake for tally in voices.values() for mistake in tally.mistakes]
    by_voice = {voice: tally.counts() for voice, tally in voices.items()}
    return {'all': dict(whole), 'by_voice': by_voice, 'mistakes': mistakes}


def without_wake_word(robot: Robot) -> list[str]:
    """Return the sentences without wake word in which something was heard."""
    names = list(VOICES)
    acted = []
    for number, text in enumerate(talk_without_wake_word(WITHOUT, Random(5))):
        heard = robot.hear(speak(text, names[number % len(names)]))
        if heard:
            acted.append(f'{names[number % len(names)]}: {text} -> {", ".join(heard)}')
    return acted


def main() -> int:
    """Measure, print and write; 1 where the goals of the project are missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--no-noise', action='store_true', help='leave the noisy rooms out')
    options = parser.parse_args()
    missing = [name for name in ('flite', 'espeak-ng') if shutil.which(name) is None]
    if missing:
        print(f'no {" and no ".join(missing)} here: apt install {" ".join(missing)}')
        return 2
    result = measure(load_catalogue(EXAMPLE), not options.no_noise)
    result['conditions'] = conditions('python -m bench.ear')
    RESULT.write_text(json.dumps(result, indent=1, ensure_ascii=False) + '\n', encoding='utf-8')
    print(json.dumps(result, indent=1, ensure_ascii=False))
    is_good = result['commands']['all']['right'] >= 0.95 * len(COMMANDS) * len(VOICES)
    return 0 if is_good and not result['without_wake_word']['acted'] else 1


if __name__ == '__main__':
    sys.exit(main())

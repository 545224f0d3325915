# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""Spoken commands out of live sound, by PocketSphinx: a spotter of known sentences, no ASR."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from personaplex_ros.tools.catalogue import Catalogue
from personaplex_ros.tools.ear.grammar import command_grammar
from personaplex_ros.tools.ear.grammar import CommandGrammar
from personaplex_ros.tools.ear.grammar import EarError
from personaplex_ros.tools.ear.level import VoiceLevel
from personaplex_ros.tools.ear.other_words import is_talk
from personaplex_ros.tools.ear.other_words import marked
from personaplex_ros.tools.ear.other_words import other_words
from personaplex_ros.tools.ear.utterances import Utterances

RATE_HZ = 16_000
"""Of the acoustic model that PocketSphinx 5.1.1 brings (en-us)."""

BLOCK = 480
"""30 ms, the longest that its voice detector takes."""

DITHER_DBFS = -50.0
"""White noise under the sound: digital silence spoils the cepstral mean, and with it the last
word. Louder noise hides pauses from the voice detector."""

WAKE_THRESHOLD = 1e-25
"""Of the keyword search: how much likelier than anything else the wake word must be. Of 100
commands of ten voices (tuning, bench/ear_speech.py) 12 lost it at 1e-15, 5 at 1e-20, none here; of
100 sentences without it none acted here, and 2 begin like it at 1e-30."""

CALL_BLOCKS = 60
"""1.8 s from the begin of an utterance, half a second of silence included: a command begins with
the wake word, so one that is not heard by then is none."""

MAX_UTTERANCE_BLOCKS = 266
"""8 s. A longer one is no command; nothing of it is heard."""

CEPSTRAL_MEAN = '54,-5.5,0,3.5,-4,-2.5,-2,-5,-3.5,-3,0.5,-0.5,-0.5'
"""Where the mean of the features begins: about that of the people in bench/speech and of five
synthetic voices. PocketSphinx's own, 40,3,-1,0 ..., costs the first commands."""

_DITHER_S = 1
_FULL_SCALE = 32_768.0


@dataclass(frozen=True)
class _Span:
    """Where a word lies in an utterance, in frames."""

    begin: int
    end: int

    def overlaps(self, other: '_Span') -> bool:
        return self.begin <= other.end and other.begin <= self.end


class Spotter:
    """One microphone's commands. Not thread safe; feed() computes, so keep it off callbacks."""

    def __init__(self, catalogue: Catalogue, wake_word: str) -> None:
        """Load the models (0.5 s). Raises EarError."""
        self._wake_word = wake_word
        self._commands = _decoder()
        self._wake = _decoder()
        self.grammar = self._make_grammar(catalogue)
        self._learn_other_words()
        self._commands.add_jsgf_string('commands', self.grammar.jsgf)
        self._commands.activate_search('commands')
        self._wake.add_keyphrase('wake', wake_word)
        self._wake.activate_search('wake')
        self._voice = _sphinx().Vad(sample_rate=RATE_HZ, frame_length=BLOCK / RATE_HZ)
        self._utterances = Utterances(self._is_voice)
        self._utterance: list[bytes] = []
        self._level = VoiceLevel()
        self._gain = np.float32(1.0)
        self._is_called = False
        self._rest = np.empty(0, np.int16)
        level = _FULL_SCALE * 10 ** (DITHER_DBFS / 20)
        noise = np.random.default_rng(0).normal(0.0, level, RATE_HZ * _DITHER_S)
        self._dither = noise.astype(np.float32)
        self._dithered = 0

    def feed(self, samples: np.ndarray) -> list[str]:
        """Take int16 [n], 16 kHz mono; return the commands that ended in it, in words."""
        stream = np.concatenate((self._rest, samples))
        whole = len(stream) - len(stream) % BLOCK
        self._rest = stream[whole:]
        heard = []
        for block in stream[:whole].reshape(-1, BLOCK):
            words = self._take(block)
            if words:
                heard.append(words)
        return heard

    def forget(self) -> None:
        """Drop the utterance that is open: what follows does not belong to it."""
        if self._utterances.is_open:
            self._close()
        self._utterances = Utterances(self._is_voice)
        self._rest = np.empty(0, np.int16)

    def _is_voice(self, block: np.ndarray) -> bool:
        return self._voice.is_speech(self._with_dither(block).tobytes())

    def _take(self, block: np.ndarray) -> str:
        was_open = self._utterances.is_open
        new = self._utterances.push(block)
        if new and not was_open:
            self._gain = self._level.gain_for(new)
            self._wake.start_utt()
        for piece in new:
            self._search(self._with_dither(piece * self._gain).tobytes())
        return self._end() if was_open and not self._utterances.is_open else ''

    def _search(self, piece: bytes) -> None:
        """Look for the wake word, and only behind it for commands, which costs four times more.

        Block by block: PocketSphinx lets no other thread run within a call.
        """
        if len(self._utterance) >= MAX_UTTERANCE_BLOCKS:
            return
        if not self._is_called and len(self._utterance) >= CALL_BLOCKS:
            return
        self._utterance.append(piece)
        self._wake.process_raw(piece, no_search=False, full_utt=False)
        if self._is_called:
            self._commands.process_raw(piece, no_search=False, full_utt=False)
        elif self._wake.hyp() is not None:
            self._is_called = True
            self._commands.start_utt()
            for earlier in self._utterance:
                self._commands.process_raw(earlier, no_search=False, full_utt=False)

    def _end(self) -> str:
        is_called, is_too_long = self._is_called, len(self._utterance) >= MAX_UTTERANCE_BLOCKS
        self._close()
        if is_too_long or not is_called:
            return ''
        found = self._commands.hyp()
        if found is None or is_talk(found.hypstr.split()) or not self._is_addressed():
            return ''
        return found.hypstr

    def _close(self) -> None:
        self._wake.end_utt()
        if self._is_called:
            self._commands.end_utt()
        self._utterance.clear()
        self._is_called = False

    def _is_addressed(self) -> bool:
        """Whether both searches heard the wake word in the same place."""
        at = next((_span(s) for s in self._commands.seg() or () if _is(s, self._wake_word)), None)
        return at is not None and any(at.overlaps(_span(hit)) for hit in self._wake.seg() or ())

    def _with_dither(self, block: np.ndarray) -> np.ndarray:
        begin = self._dithered
        self._dithered = (begin + len(block)) % (len(self._dither) - len(block))
        noisy = block + self._dither[begin : begin + len(block)]
        return np.clip(np.rint(noisy), -32_768, 32_767).astype(np.int16)

    def _make_grammar(self, catalogue: Catalogue) -> CommandGrammar:
        return command_grammar(
            catalogue, self._wake_word, lambda w: self._commands.lookup_word(w) is not None
        )

    def _learn_other_words(self) -> None:
        for word, name in zip(other_words(), marked(other_words()), strict=True):
            phones = self._commands.lookup_word(word)
            if phones is not None:
                self._commands.add_word(name, phones, True)


def _is(segment: Any, word: str) -> bool:
    """Whether it is this word; a second pronunciation is shown as word(2)."""
    return segment.word.partition('(')[0] == word


def _span(segment: Any) -> _Span:
    return _Span(segment.start_frame, segment.end_frame)


def _sphinx() -> Any:
    try:
        import pocketsphinx
    except ImportError as error:
        raise EarError(
            f'no ear: pocketsphinx cannot be imported ({error}); '
            'install it with `pip install pocketsphinx` (requirements/ear.txt)'
        ) from None
    return pocketsphinx


def _decoder() -> Any:
    # bestpath, a second search at the end, holds the whole process up for over 100 ms
    return _sphinx().Decoder(
        loglevel='FATAL',
        lm=None,
        kws_threshold=WAKE_THRESHOLD,
        bestpath=False,
        cmninit=CEPSTRAL_MEAN,
    )

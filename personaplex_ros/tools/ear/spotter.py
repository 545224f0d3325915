# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""Spoken commands out of live sound, by PocketSphinx: a spotter of known sentences, no ASR."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from personaplex_ros.tools.catalogue import Catalogue
from personaplex_ros.tools.ear.dither import Dither
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

DITHER_DBFS = -66.0
"""White noise under the sound, for the commands: digital silence spoils the cepstral mean. Louder
noise hides weak consonants: of 77 commands to lamps 26 were heard with `on` for `off` at -50 dBFS,
3 at -60, none at -66 (tuning voices)."""

WAKE_DITHER_DBFS = -50.0
"""The same for the wake word and for the voice detector. At -66 one word in ten falls under the
threshold, as the mean that the search begins with holds for this noise."""

WAKE_THRESHOLD = 1e-25
"""Of the keyword search: how much likelier than anything else the wake word must be. Of 240
commands of twenty voices (tuning) 20 lost it at 1e-15, 5 at 1e-22, none here; of 160 sentences
without it 4 go on to the second search, and 13 would at 1e-30."""

WAKE_MEAN = '54,-5.5,0,3.5,-4,-2.5,-2,-5,-3.5,-3,0.5,-0.5,-0.5'
"""The mean of the features, for the wake word: about that of the people in bench/speech and of
five synthetic voices. One that follows the voices loses the word twice as often."""

CALL_BLOCKS = 45
"""1.35 s from the begin of an utterance, half a second of silence included: a command begins with
the wake word, so one that is not heard by then is none. The slowest of 240 ended after 1.15 s."""

SHORTEST_PHONE = 5
"""In frames of 10 ms, on average of a wake word. The search is content with three, and so finds
`robot` within half a syllable; nobody said it in less than 28 frames (tuning voices)."""

MAX_UTTERANCE_BLOCKS = 200
"""6 s. A longer one is no command; nothing of it is heard."""


@dataclass(frozen=True)
class _Span:
    """Where a word lies in an utterance, in frames."""

    begin: int
    end: int

    def __len__(self) -> int:
        return self.end - self.begin

    def overlaps(self, other: '_Span') -> bool:
        return self.begin <= other.end and other.begin <= self.end


class Spotter:
    """One microphone's commands. Not thread safe; feed() computes, so keep it off callbacks."""

    def __init__(self, catalogue: Catalogue, wake_word: str) -> None:
        """Load the models (0.5 s). Raises EarError."""
        self._wake_word = wake_word
        self._commands = _decoder()
        self._wake = _decoder(kws_threshold=WAKE_THRESHOLD)
        self.grammar = self._make_grammar(catalogue)
        self._shortest = SHORTEST_PHONE * len(self._commands.lookup_word(wake_word).split())
        self._learn_other_words()
        self._commands.add_jsgf_string('commands', self.grammar.jsgf)
        self._commands.activate_search('commands')
        self._wake.add_keyphrase('wake', wake_word)
        self._wake.activate_search('wake')
        self._voice = _sphinx().Vad(sample_rate=RATE_HZ, frame_length=BLOCK / RATE_HZ)
        self._utterances = Utterances(self._is_voice)
        self._utterance: list[np.ndarray] = []
        self._level = VoiceLevel()
        self._gain = np.float32(1.0)
        self._rest = np.empty(0, np.int16)
        self._dither = Dither(DITHER_DBFS)
        self._wake_dither = Dither(WAKE_DITHER_DBFS)

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
        self._utterance.clear()
        self._utterances = Utterances(self._is_voice)
        self._rest = np.empty(0, np.int16)

    def _is_voice(self, block: np.ndarray) -> bool:
        return self._voice.is_speech(self._wake_dither.under(block))

    def _take(self, block: np.ndarray) -> str:
        was_open = self._utterances.is_open
        new = self._utterances.push(block)
        if new and not was_open:
            self._gain = self._level.gain_for(new)
        if len(self._utterance) <= MAX_UTTERANCE_BLOCKS:
            self._utterance += [piece * self._gain for piece in new]
        return self._end() if was_open and not self._utterances.is_open else ''

    def _end(self) -> str:
        utterance, self._utterance = self._utterance, []
        return self._command_in(utterance) if len(utterance) <= MAX_UTTERANCE_BLOCKS else ''

    def _command_in(self, utterance: list[np.ndarray]) -> str:
        """Look for the wake word, and only behind it for commands, which costs far more."""
        call = [self._wake_dither.under(block) for block in utterance[:CALL_BLOCKS]]
        _search(self._wake, call, WAKE_MEAN)
        calls = [_span(hit) for hit in self._wake.seg() or ()]
        calls = [span for span in calls if len(span) >= self._shortest]
        if not calls:
            return ''
        blocks = [self._dither.under(block) for block in utterance]
        _search(self._commands, blocks, _cepstral_mean(self._commands, blocks))
        found = self._commands.hyp()
        if found is None or is_talk(found.hypstr.split()) or not self._is_addressed(calls):
            return ''
        return found.hypstr

    def _is_addressed(self, calls: list[_Span]) -> bool:
        """Whether both searches heard the wake word in the same place."""
        at = next((_span(s) for s in self._commands.seg() or () if _is(s, self._wake_word)), None)
        return at is not None and any(map(at.overlaps, calls))

    def _make_grammar(self, catalogue: Catalogue) -> CommandGrammar:
        return command_grammar(
            catalogue, self._wake_word, lambda w: self._commands.lookup_word(w) is not None
        )

    def _learn_other_words(self) -> None:
        for word, name in zip(other_words(), marked(other_words()), strict=True):
            phones = self._commands.lookup_word(word)
            if phones is not None:
                self._commands.add_word(name, phones, True)


def _cepstral_mean(decoder: Any, blocks: list[bytes]) -> str:
    """Return the mean of a whole utterance: with such ones the acoustic model was trained."""
    decoder.start_utt()
    decoder.process_raw(b''.join(blocks), no_search=True, full_utt=True)
    mean = decoder.get_cmn()
    decoder.end_utt()
    return mean


def _search(decoder: Any, blocks: list[bytes], mean: str) -> None:
    """Search block by block: PocketSphinx lets no other thread run within a call."""
    decoder.set_cmn(mean)
    decoder.start_utt()
    for block in blocks:
        decoder.process_raw(block, no_search=False, full_utt=False)
    decoder.end_utt()


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


def _decoder(**settings: float) -> Any:
    # bestpath, a second search at the end, holds the whole process up for over 100 ms
    return _sphinx().Decoder(loglevel='FATAL', lm=None, bestpath=False, **settings)

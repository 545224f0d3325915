# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""Spoken commands out of live sound, by PocketSphinx: a spotter of known sentences, no ASR."""

import numpy as np

from personaplex_ros.tools.catalogue import Catalogue
from personaplex_ros.tools.ear.calls import Calls
from personaplex_ros.tools.ear.dither import Dither
from personaplex_ros.tools.ear.grammar import command_grammar
from personaplex_ros.tools.ear.grammar import CommandGrammar
from personaplex_ros.tools.ear.level import VoiceLevel
from personaplex_ros.tools.ear.rehearing import Rehearing
from personaplex_ros.tools.ear.sphinx import decoder
from personaplex_ros.tools.ear.sphinx import learn_other_words
from personaplex_ros.tools.ear.sphinx import listen_for
from personaplex_ros.tools.ear.sphinx import Span
from personaplex_ros.tools.ear.sphinx import spans_of
from personaplex_ros.tools.ear.sphinx import sphinx
from personaplex_ros.tools.ear.utterances import Utterances

RATE_HZ = 16_000
"""Of the acoustic model that PocketSphinx 5.1.1 brings (en-us)."""

BLOCK = 480
"""30 ms, the longest that its voice detector takes."""

DITHER_DBFS = -50.0
"""White noise under the sound: digital silence spoils the cepstral mean, and with it the wake
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


class Spotter:
    """One microphone's commands. Not thread safe; feed() computes, so keep it off callbacks."""

    def __init__(self, catalogue: Catalogue, wake_word: str) -> None:
        """Load the models (1 s). Raises EarError."""
        self._wake_word = wake_word
        self._commands = decoder(cmninit=CEPSTRAL_MEAN)
        self._wake = decoder(cmninit=CEPSTRAL_MEAN, kws_threshold=WAKE_THRESHOLD)
        self.grammar = self._make_grammar(catalogue)
        learn_other_words(self._commands)
        listen_for(self._commands, self.grammar.jsgf)
        self._calls = Calls(wake_word, self._commands.lookup_word(wake_word))
        self._again = Rehearing(self.grammar.jsgf, self._calls)
        self._wake.add_keyphrase('wake', wake_word)
        self._wake.activate_search('wake')
        self._voice = sphinx().Vad(sample_rate=RATE_HZ, frame_length=BLOCK / RATE_HZ)
        self._utterances = Utterances(self._is_voice)
        self._utterance: list[np.ndarray] = []
        self._noisy: list[bytes] = []
        self._level = VoiceLevel()
        self._gain = np.float32(1.0)
        self._is_called = False
        self._rest = np.empty(0, np.int16)
        self._dither = Dither(DITHER_DBFS)

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
        return self._voice.is_speech(self._dither.under(block))

    def _take(self, block: np.ndarray) -> str:
        was_open = self._utterances.is_open
        new = self._utterances.push(block)
        if new and not was_open:
            self._gain = self._level.gain_for(new)
            self._wake.start_utt()
        for piece in new:
            self._search(piece * self._gain)
        return self._end() if was_open and not self._utterances.is_open else ''

    def _search(self, block: np.ndarray) -> None:
        """Look for the wake word, and only behind it for commands, which costs four times more.

        Block by block: PocketSphinx lets no other thread run within a call.
        """
        piece = self._dither.under(block)
        if len(self._utterance) >= MAX_UTTERANCE_BLOCKS:
            return
        if not self._is_called and len(self._utterance) >= CALL_BLOCKS:
            return
        self._utterance.append(block)
        self._noisy.append(piece)
        self._wake.process_raw(piece, no_search=False, full_utt=False)
        if self._is_called:
            self._commands.process_raw(piece, no_search=False, full_utt=False)
        elif self._wake.hyp() is not None:
            self._is_called = True
            self._commands.start_utt()
            for earlier in self._noisy:
                self._commands.process_raw(earlier, no_search=False, full_utt=False)

    def _end(self) -> str:
        """Hear what calls the robot once more; the words of that hearing go before the first's."""
        is_called, utterance = self._is_called, self._utterance
        self._close()
        if not is_called or len(utterance) >= MAX_UTTERANCE_BLOCKS:
            return ''
        near = self._heard_by_both()
        if not near:
            return ''
        return self._again.command(utterance, near) or self._calls.command(self._commands, near)

    def _close(self) -> None:
        self._wake.end_utt()
        if self._is_called:
            self._commands.end_utt()
        self._utterance = []
        self._noisy.clear()
        self._is_called = False

    def _heard_by_both(self) -> list[Span]:
        """Return where the keyword search and that for commands heard the wake word."""
        hits = list(spans_of(self._wake, self._wake_word))
        calls = spans_of(self._commands, self._wake_word)
        return [call for call in calls if any(map(call.overlaps, hits))]

    def _make_grammar(self, catalogue: Catalogue) -> CommandGrammar:
        return command_grammar(
            catalogue, self._wake_word, lambda w: self._commands.lookup_word(w) is not None
        )

# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""espeak-ng through its C library: speech with its words and phones in time, 5 ms a sentence."""

import ctypes
from functools import cache
import os
from pathlib import Path
import tempfile

import numpy as np

from training.speech import invented
from training.speech.phones import espeak_class
from training.speech.phones import SILENCE
from training.speech.rendering import finish
from training.speech.rendering import NotInstalledError
from training.speech.rendering import Phone
from training.speech.rendering import Rendering
from training.speech.rendering import SynthesisError

# espeak-ng 1.51, src/include/espeak-ng/speak_lib.h
_AUDIO_OUTPUT_SYNCHRONOUS = 2
_PHONEME_EVENTS = 1
_RATE, _PITCH, _RANGE = 1, 3, 4
_POS_CHARACTER, _CHARS_UTF8 = 1, 1
_EVENT_WORD, _EVENT_PHONEME = 1, 7


class _Event(ctypes.Structure):
    _fields_ = [
        ('type', ctypes.c_int),
        ('unique_identifier', ctypes.c_uint),
        ('text_position', ctypes.c_int),
        ('length', ctypes.c_int),
        ('audio_position_ms', ctypes.c_int),
        ('sample', ctypes.c_int),
        ('user_data', ctypes.c_void_p),
        ('name', ctypes.c_char * 8),
    ]


_CALLBACK = ctypes.CFUNCTYPE(
    ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.POINTER(_Event)
)


class _Library:
    """The library can speak one sentence at a time in a process."""

    def __init__(self) -> None:
        name = os.environ.get('ESPEAK_LIBRARY', 'libespeak-ng.so.1')
        data = os.environ.get('ESPEAK_DATA_PATH')
        try:
            self._lib = ctypes.CDLL(name)
        except OSError as error:
            told = f'no espeak-ng ({error}): apt install libespeak-ng1'
            raise NotInstalledError(told) from None
        self._begin(data.encode() if data else None)
        self._folder = tempfile.TemporaryDirectory(prefix='voices-')  # as long as the library
        self._data = invented.add_place(self._told_data(), Path(self._folder.name))
        self._lib.espeak_Terminate()
        self._begin(str(self._data).encode())
        self._samples: list[np.ndarray] = []
        self._phones: list[Phone] = []
        self._words_s: list[float] = []
        self._callback = _CALLBACK(self._hear)
        self._lib.espeak_SetSynthCallback(self._callback)

    def _begin(self, data: bytes | None) -> None:
        """Start with the data in a folder, or with its own; a second time with other data."""
        self.rate_hz = self._lib.espeak_Initialize(
            _AUDIO_OUTPUT_SYNCHRONOUS, 0, data, _PHONEME_EVENTS
        )
        if self.rate_hz <= 0:
            raise NotInstalledError('espeak-ng found no data: apt install espeak-ng-data')

    def _told_data(self) -> Path:
        where = ctypes.c_char_p()
        self._lib.espeak_Info(ctypes.byref(where))
        return Path((where.value or b'').decode())

    def speak(
        self, text: str, voice: str, words_a_minute: int, pitch: int
    ) -> tuple[np.ndarray, list[Phone], list[float]]:
        """Return float32 [n], phones and word starts in seconds."""
        invented.invent(voice, self._data)
        if self._lib.espeak_SetVoiceByName(voice.encode()) != 0:
            raise SynthesisError(f'espeak-ng has no voice {voice!r}: espeak-ng --voices=variant')
        self._lib.espeak_SetParameter(_RATE, words_a_minute, 0)
        self._lib.espeak_SetParameter(_PITCH, pitch, 0)
        self._samples, self._phones, self._words_s = [], [], []
        said = text.encode()
        self._lib.espeak_Synth(said, len(said) + 1, 0, _POS_CHARACTER, 0, _CHARS_UTF8, None, None)
        if not self._samples:
            raise SynthesisError(f'espeak-ng said nothing for {text!r}')
        return np.concatenate(self._samples) / 32_768, self._phones, self._words_s

    def _hear(self, wav, count, events) -> int:
        if count > 0:
            self._samples.append(np.ctypeslib.as_array(wav, (count,)).copy())
        index = 0
        while events[index].type:
            event = events[index]
            seconds = event.sample / self.rate_hz
            if event.type == _EVENT_WORD:
                self._words_s.append(seconds)
            elif event.type == _EVENT_PHONEME:
                self._phones.append(Phone(seconds, espeak_class(event.name.decode())))
            index += 1
        return 0


@cache
def _library() -> _Library:
    return _Library()


def render(text: str, voice: str, words_a_minute: int, pitch: int) -> Rendering:
    """Speak a text; voice: 'gmw/en-US+f3'. Raises SynthesisError."""
    library = _library()
    samples, phones, words_s = library.speak(text, voice, words_a_minute, pitch)
    phones = [*phones, Phone(len(samples) / library.rate_hz, SILENCE)]
    return finish(samples, library.rate_hz, phones, words_s)

# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""Sentences for the ear, and voices that say them: flite and espeak-ng, from any Debian."""

from pathlib import Path
from random import Random
import subprocess
import tempfile

import numpy as np

from personaplex_ros.audio.intake import MonoStream
from personaplex_ros.audio.sound_file import SoundFile
from personaplex_ros.tools.ear.spotter import RATE_HZ

VOICES = {
    'flite slt': ('flite', '-voice', 'slt'),
    'flite rms': ('flite', '-voice', 'rms'),
    'flite awb': ('flite', '-voice', 'awb'),
    'espeak en-us': ('espeak-ng', '-v', 'en-us'),
    'espeak en-gb+f3': ('espeak-ng', '-v', 'en-gb+f3'),
}

COMMANDS = (
    *('turn on the light', 'switch off the lights', 'please turn the desk lamp on'),
    *('turn off the porch light', 'put on the reading light', 'switch the ceiling light off'),
    *('lights on', 'lights off', 'set the brightness to fifty percent'),
    *('set the lights to twenty five', 'dim the lights to ten percent'),
    *('brighten the light to ninety', 'stand up', 'sit down', 'please sit down', 'get up'),
    *('go to the kitchen', 'go to the lobby', 'drive to the charging dock'),
    *('come back to the reception', 'move over to the front desk', 'head to the dock'),
    *('could you go to the kitchen', 'drive to the lobby please', 'stop moving'),
    *('stay where you are', 'stop', 'halt', 'cancel that', 'never mind'),
)
"""30 commands of config/tools.yaml; the wake word comes in front."""

_TALK = """\
what is the weather like today
my brother went to the kitchen to get some water
I really like this chair it is quite comfortable
the lights in this room are too bright for me
could you tell me a story about a dragon
we should stop at the bakery on the way home
that was a mistake I did not mean it
nonstop flights are more expensive
she said turn on the light and then she left
I am going to sit down for a while
the desk lamp is broken again
do you know where the front desk is
yesterday we drove to the lobby of the hotel
never mind what he told you
how many people live in this city
let us stand up for our rights
the charging dock is next to the door
I would like a cup of coffee please
somebody should switch off that radio
nobody goes to the kitchen at night
tell me about your favourite book
the meeting is at half past ten
please hold the door for me
the reading light is very nice
I have been waiting for fifty minutes
it is twenty five degrees outside
are you able to understand me
thank you very much
good morning everyone
yes please
go ahead
no thank you
this is a very long sentence about nothing in particular
open the window it is warm in here
what time does the shop close
the cat sat down on the porch"""

_WHO = ('the teacher', 'my sister', 'the doctor', 'a student', 'our neighbour', 'the driver')
_DID = ('turned on', 'switched off', 'looked at', 'talked about', 'forgot', 'painted')
_WHAT = ('the lights', 'the kitchen', 'the desk lamp', 'the dock', 'the garden', 'the porch')
_WHEN = ('yesterday', 'this morning', 'for the whole evening', 'without a word', 'again')


def talk_without_wake_word(count: int, random: Random) -> list[str]:
    """Return different sentences: commands that lack the wake word, and talk of all kinds."""
    sentences = dict.fromkeys([*COMMANDS, *_TALK.splitlines()])
    while len(sentences) < count:
        parts = (random.choice(part) for part in (_WHO, _DID, _WHAT, _WHEN))
        sentences[' '.join(parts)] = None
    return list(sentences)[:count]


def speak(text: str, voice: str) -> np.ndarray:
    """Return int16 [n], 16 kHz mono. Raises FileNotFoundError where the program is missing."""
    command = VOICES[voice]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / 'speech.wav'
        where = ('-t', text, '-o', path) if command[0] == 'flite' else ('-w', path, text)
        subprocess.run([*command, *map(str, where)], check=True, capture_output=True)
        file = SoundFile(str(path))
        samples = file.read(file.samples)
        file.close()
    return MonoStream(RATE_HZ).push(samples, file.rate_hz, file.channels)

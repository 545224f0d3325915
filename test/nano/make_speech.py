# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""Makes test/nano/speech, what visitors ask nano: renderings that no training has heard.

Run it by hand when the questions change: python test/nano/make_speech.py. Needs flite and
espeak-ng.
"""

from collections.abc import Iterator
from pathlib import Path
import shutil
import sys

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from training.settings import seeded  # noqa: E402
from training.speech.casts import TRAINED  # noqa: E402
from training.speech.casts import UNHEARD  # noqa: E402
from training.speech.casts import visitor_manner  # noqa: E402
from training.speech.corpus import write_corpus  # noqa: E402
from training.speech.plan import KNOWN  # noqa: E402
from training.speech.plan import Order  # noqa: E402
from training.speech.plan import UNSEEN  # noqa: E402
from training.speech.plan import VISITOR  # noqa: E402

FOLDER = Path(__file__).with_name('speech')

QUESTIONS = {
    'who': 'what is your name',
    'hello': 'hello there',
    'kitchen': 'where is the kitchen',
    'price': 'how much is a ticket',
    'exit': 'i am looking for the exit',
    'lights_on': 'turn on the lights',
    'coffee': 'bring me a coffee',
    'turn_left': 'turn left',
    'follow': 'follow me',
    'thanks': 'thank you very much',
    'open_door': 'open the door',
    'joke': 'tell me a joke',
}
"""Intent and words; each is asked by one voice of the training and by one that it never heard."""


def orders() -> Iterator[Order]:
    """Yield every clip, the same ones every time."""
    for split, cast in ((KNOWN, TRAINED), (UNSEEN, UNHEARD)):
        for intent, text in QUESTIONS.items():
            manner = visitor_manner(seeded('test/nano', split, intent), cast)
            yield Order(VISITOR, split, intent, text, manner)


if __name__ == '__main__':
    shutil.rmtree(FOLDER, ignore_errors=True)
    write_corpus(FOLDER, orders())

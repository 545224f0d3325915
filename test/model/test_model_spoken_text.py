# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""What a kiosk or a robot writes is read as people say it, and reported as it was written."""

import random
import subprocess
import sys

import pytest

from personaplex_ros.model import spoken_text
from personaplex_ros.model.spoken_text import read_aloud
from personaplex_ros.model.spoken_text import Reading
from personaplex_ros.wire.limits import MAX_SAY_CHARS


@pytest.fixture(autouse=True)
def nothing_read_yet():
    """Forget readings: a test may take the library away."""
    read_aloud.cache_clear()


SENTENCES = {
    'Your train leaves from platform 9.': 'Your train leaves from platform nine.',
    'The dock is 12.5 km away.': 'The dock is twelve point five kilometers away.',
    'We close at 3:30 pm.': 'We close at three thirty p m',
    'It opens at 09:00.': "It opens at nine o'clock.",
    'The next tour is at 14:30.': 'The next tour is at fourteen thirty.',
    'The coffee costs $5.20.': 'The coffee costs five dollars and twenty cents.',
    'You owe €1,250.50.': 'You owe one thousand two hundred fifty euros and fifty cents.',
    'From $5 to $6.': 'From five dollars to six dollars.',
    'Go to room 204B.': 'Go to room two hundred four B.',
    'It boards at gate A12.': 'It boards at gate A twelve.',
    'It is 20 °C outside.': 'It is twenty degrees Celsius outside.',
    'Take the lift to the 1st floor.': 'Take the lift to the first floor.',
    'The 21st century began in 2001.': 'The twenty-first century began in two thousand one.',
    'Dr. Lee will see you now.': 'Doctor Lee will see you now.',
    'Mr. Smith & Mrs. Jones': 'Mister Smith and Missus Jones',
    'The battery is at 50%.': 'The battery is at fifty percent.',
    'The parcel weighs 3 kg.': 'The parcel weighs three kilograms.',
    'Drive 5 m forward, then turn 90°.': 'Drive five meters forward, then turn ninety degrees.',
    'Turn 180 deg.': 'Turn one hundred eighty degrees.',
    'It moves at 0.5 m/s.': 'It moves at zero point five meters per second.',
    'The limit is 30 km/h.': 'The limit is thirty kilometers per hour.',
    'Keep to 10 mph.': 'Keep to ten miles per hour.',
    'Charge it with 12 V.': 'Charge it with twelve volts.',
    'Today is March 3, 2025.': 'Today is March third, twenty twenty-five.',
    'It starts on 2025-03-03.': 'It starts on March third, twenty twenty-five.',
    'It was built in 1999.': 'It was built in nineteen ninety-nine.',
    'Call 555-0123 for help.': 'Call five five five, zero one two three for help.',
    'Call +49 30 1234.': 'Call plus four nine, three zero, one two three four.',
    'Call 555-123-4567.': 'Call five five five, one two three, four five six seven.',
    'It counts 1 000 000 steps, not 2000000.': 'It counts one million steps, not two million.',
    'Your order no. 42 is ready.': 'Your order number forty-two is ready.',
    'Parcel 1234567 is here.': 'Parcel one two three four five six seven is here.',
    'The line holds 1,250 people.': 'The line holds one thousand two hundred fifty people.',
    'It is -5 degrees.': 'It is minus five degrees.',
    'Mix 1/2 cup of milk.': 'Mix one half cup of milk.',
    'Version 2.0.1 is on the USB port.': 'Version two point zero point one is on the USB port.',
    'Write to info@example.com.': 'Write to info at example dot com.',
    'See www.example.com/help.': 'See www dot example dot com slash help.',
    'See you on Mon. at 5 p.m.': 'See you on Monday at five p m',
    "I'm sure it's fine, don't worry.": "I'm sure it's fine, don't worry.",
    'He said "stop" (twice)!': 'He said stop twice!',
}  # fmt: skip


def said(readings: tuple[Reading, ...]) -> str:
    return ' '.join(word for reading in readings for word in reading.spoken)


def written(readings: tuple[Reading, ...]) -> str:
    return ' '.join(reading.written for reading in readings)


@pytest.mark.parametrize(('text', 'spoken'), SENTENCES.items())
def test_a_sentence_is_read_as_people_say_it_and_kept_as_it_was_written(text, spoken):
    assert said(read_aloud(text)) == spoken
    assert written(read_aloud(text)) == text


def test_each_written_word_knows_the_words_it_is_read_as():
    assert list(read_aloud('Go 12.5 km to room 204B or Dr. Lee.')) == [
        Reading('Go', ('Go',)),
        Reading('12.5 km', ('twelve', 'point', 'five', 'kilometers')),
        Reading('to', ('to',)),
        Reading('room', ('room',)),
        Reading('204B', ('two', 'hundred', 'four', 'B')),
        Reading('or', ('or',)),
        Reading('Dr.', ('Doctor',)),
        Reading('Lee.', ('Lee.',)),
    ]


@pytest.mark.parametrize(
    ('text', 'parts'),
    [
        ('3 kg, 5 kg and 7 kg', ['3 kg,', '5 kg', 'and', '7 kg']),
        ('at 3:30 pm, Dr. Lee', ['at', '3:30 pm,', 'Dr.', 'Lee']),
    ],
)
def test_changed_words_in_a_row_are_told_apart(text, parts):
    assert [reading.written for reading in read_aloud(text)] == parts


@pytest.mark.parametrize('text', ['well - yes', '- yes', 'yes —', '« yes »'])
def test_a_lone_mark_is_not_said_and_stays_with_its_neighbour(text):
    readings = read_aloud(text)
    assert written(readings) == text
    assert all(word.strip('.,!?').isalpha() for word in said(readings).split())
    assert readings[-1].spoken


def test_a_text_of_marks_alone_has_no_word():
    assert said(read_aloud('— … !?')) == ''


def test_digits_of_another_script_are_numbers_too():
    assert said(read_aloud('room ٤٢')) == 'room forty-two'


def test_whatever_is_written_no_digit_is_left_and_nothing_is_lost():
    dice = random.Random(3)
    parts = [
        *'019.,-/:$€%°²½٣é你!_+(@',
        ' ', ' ', ' ', 'km', 'm', 'A', 'Dr.', 'no. ', 'www.', '\u200b', '\\frac{', '$x_1$', '\n',
    ]  # fmt: skip
    for _ in range(300):
        text = ''.join(dice.choice(parts) for _ in range(dice.randrange(1, 120)))
        readings = read_aloud(text)
        assert written(readings) == ' '.join(text.split())
        assert not set(said(readings)) & set('0123456789')


HARD_TEXTS = (
    'a 1 ',
    'a a 1 ',
    'one 1 ',
    'a b 1 a 2 b ',
    f'{"a " * 12}1 ',
    f'{"1" * 300} {"one 1 " * 80}',
    '1 2 3 4 5 6 7 8 9 10 11 12 a ',
    f'{"12:30 " * 12}a ',
    f'{"1999-01-02 " * 12}a ',
)
MAX_CALLS = 250_000
"""Of any function, built-in ones too, for one text: half a frame on one core. Those of difflib
alone were five millions for 'a 1 a 1 ...'."""


@pytest.mark.parametrize('part', HARD_TEXTS)
def test_no_text_keeps_the_models_thread_for_longer_than_a_frame(part):
    text = (part * MAX_SAY_CHARS)[:MAX_SAY_CHARS].strip()
    read_aloud('1')  # loads the library
    calls = 0

    def count(frame, event, argument):
        nonlocal calls
        calls += event in ('call', 'c_call')

    before = sys.getprofile()
    sys.setprofile(count)
    try:
        readings = read_aloud(text)
    finally:
        sys.setprofile(before)
    assert calls <= MAX_CALLS
    assert written(readings) == text


def test_a_long_text_is_read_as_its_sentences_are():
    sentences = list(SENTENCES)[:20]
    together = read_aloud(' '.join(sentences))
    assert together == tuple(reading for text in sentences for reading in read_aloud(text))


def test_a_text_the_library_stumbles_over_is_said_as_it_stands(monkeypatch, caplog):
    def stumble(text: str) -> str:
        raise RecursionError

    monkeypatch.setattr(spoken_text, '_normalizer', lambda: stumble)
    assert said(read_aloud('Hello, room 42.')) == 'Hello, room four two'
    assert 'RecursionError' in caplog.text


def test_without_the_library_the_engine_still_speaks(monkeypatch, caplog):
    monkeypatch.setitem(sys.modules, 'normt2s', None)
    monkeypatch.setattr(spoken_text, '_normalizer', spoken_text._normalizer.__wrapped__)
    assert said(read_aloud('Hello, room 42.')) == 'Hello, room four two'
    assert 'pip install normt2s' in caplog.text


def test_the_library_is_loaded_with_the_first_text_and_not_before():
    code = 'import sys, personaplex_ros.model.say; assert "normt2s" not in sys.modules'
    subprocess.run([sys.executable, '-c', code], check=True, timeout=60)

# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""Every class of bad audio that a topic can carry, one after the other."""

from array import array
from collections.abc import Iterator
from dataclasses import dataclass
from dataclasses import field

from builtin_interfaces.msg import Time
import numpy as np
from std_msgs.msg import Header

from personaplex_ros.msg import AudioChunk

LOUD = 30_000
FIRST_SEQ = 10**6


@dataclass
class Bad:
    """One class: its chunks differ from good ones in the fields that are given."""

    name: str
    rates_hz: tuple[int, ...] = (24_000,)
    channels: tuple[int, ...] = (1,)
    counts: tuple[int, ...] = (480,)
    """Samples, of all channels together."""
    values: tuple[int, ...] = (LOUD,)
    """Repeated for the length of a chunk."""
    seqs: tuple[int, ...] = ()
    """Without any they go on."""
    epochs: tuple[int, ...] = (0,)
    stamps: tuple[Time, ...] = field(default_factory=lambda: (Time(),))
    refused: bool = False
    """It is no sound at all, so it is counted as rejected."""
    chunks: int = 6

    def messages(self) -> Iterator[AudioChunk]:
        """Yield the chunks of this class."""
        for number in range(self.chunks):
            count = _of(self.counts, number)
            seq = _of(self.seqs, number) if self.seqs else FIRST_SEQ + number
            yield AudioChunk(
                header=Header(stamp=_of(self.stamps, number)),
                sample_rate=_of(self.rates_hz, number),
                channels=_of(self.channels, number),
                epoch=_of(self.epochs, number),
                seq=seq,
                samples=array('h', np.resize(np.array(self.values, np.int16), count).tobytes()),
            )


def good_seq(number: int) -> int:
    """Return the seq of such a chunk."""
    return (number + 2) * 10**8


def good(number: int, samples: np.ndarray) -> AudioChunk:
    """Return a chunk of a sender that begins anew, whatever came before."""
    return AudioChunk(
        sample_rate=24_000,
        channels=1,
        seq=good_seq(number),
        samples=array('h', samples.astype(np.int16).tobytes()),
    )


def _of(values: tuple, number: int):
    return values[number % len(values)]


SOUND = (
    # rates
    *(
        Bad(f'a rate of {hz} Hz', (hz,), refused=True)
        for hz in (0, 1, 7_999, 192_001, 2**31, 2**32 - 1)
    ),
    Bad('a rate that shares no factor with ours', (44_101,), chunks=20),
    Bad('the lowest and the highest rate in turn', (8_000, 192_000), counts=(160, 3_840)),
    Bad('another rate with every chunk', (16_000, 48_000, 11_025, 24_000, 96_000, 22_050)),
    # channels
    *(
        Bad(f'{channels} channels', channels=(channels,), counts=(510,), refused=True)
        for channels in (0, 3, 255)
    ),
    Bad('mono and stereo in turn', channels=(1, 2)),
    Bad('half a pair of stereo samples', channels=(2,), counts=(481,), refused=True),
    # lengths
    Bad('nothing', counts=(0,), refused=True),
    Bad('nothing in stereo', channels=(2,), counts=(0,), refused=True),
    Bad('single samples', counts=(1,)),
    Bad('single samples at another rate', (16_000,), counts=(1,)),
    Bad('lengths that fit nothing', counts=(1, 479, 7, 1_921, 2, 239), chunks=12),
    Bad('ten seconds at once', (48_000,), counts=(480_000,), chunks=1),
    Bad('more than half a minute at once', (8_000,), counts=(248_001,), chunks=1, refused=True),
    Bad('hours, for its rate', (8_000,), counts=(2_000_000,), chunks=1, refused=True),
    # extremes
    Bad('the highest level', values=(32_767,)),
    Bad('the lowest level', values=(-32_768,)),
    Bad('the extremes in turn, at another rate', (16_000,), counts=(320,), values=(32_767,)),
    # seq
    Bad('one seq again and again', seqs=(5,)),
    Bad('a seq that runs backwards', seqs=(9, 8, 7, 6, 5, 4)),
    Bad('a seq that skips one', seqs=(10, 12, 14, 16, 18, 20)),
    Bad('a seq that skips thousands', seqs=(10, 10_000, 90_000)),
    Bad('a seq that jumps beyond all measure', seqs=(1, 10**12, 2)),
    Bad('a seq at the end of its range', seqs=(2**64 - 2, 2**64 - 1, 0, 1)),
    Bad('two senders at once', seqs=(1_000, 70, 1_001, 71, 1_002, 72), values=(LOUD,)),
    # epochs
    Bad('a new epoch with every chunk', epochs=(1, 2, 3, 4, 5, 6)),
    Bad('an epoch that went back', epochs=(7, 7, 6, 5, 7, 1)),
    Bad('an epoch at the end of its range', epochs=(2**32 - 1, 0, 2**32 - 1)),
    # stamps
    Bad('stamps before 1970', stamps=(Time(sec=-1), Time(sec=-(2**31)))),
    Bad('stamps in the far future', stamps=(Time(sec=2**31 - 1, nanosec=999_999_999),)),
    Bad('stamps with too many nanoseconds', stamps=(Time(sec=1, nanosec=2**32 - 1),)),
    Bad('stamps that run backwards', stamps=tuple(Time(sec=s) for s in range(2_000, 0, -300))),
    Bad('stamps that jump by hours', stamps=(Time(sec=10**9), Time(sec=10**9 + 7_200))),
    Bad('stamps that stand still', stamps=(Time(sec=10**9),)),
)
"""Levels without steps of their own: every step that comes out was made on the way."""

STEPS = (
    Bad('full scale in turn', values=(32_767, -32_768)),
    Bad('a single click', values=(*(0,) * 200, 32_767, *(0,) * 279)),
    Bad(
        'noise at full scale', values=tuple(np.random.default_rng(1).integers(-32768, 32767, 480))
    ),
    Bad('a voice beyond full scale', (48_000,), values=(32_767,) * 50 + (-32_768,) * 50),
)
"""Sound that consists of steps."""

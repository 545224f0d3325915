# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""Where the time of a frame goes: marks around moshi's graphs, and no waiting inside a frame."""

from collections import defaultdict
from collections.abc import Callable
from collections.abc import Iterator
from contextlib import contextmanager
import functools
import time
from typing import Any

from moshi.models.compression import MimiModel
from moshi.utils.compile import CUDAGraphed
import torch

STAGES = ('encode', 'temporal', 'text', 'depth', 'decode')
"""text: between the two transformers, which is drawing the text token."""

_GRAPHS = {'forward_text': 'temporal', 'depformer_step': 'depth'}
"""What LMGen captures, by its name (moshi 0.2.13, models/lm.py)."""

Mark = Any
"""A torch.cuda.Event, or seconds of time.perf_counter()."""


class StageClock:
    """Marks on the device's own stream, read when the frame has ended."""

    def __init__(self, device: torch.device) -> None:
        self._cuda = device.type == 'cuda'
        self._spans: list[tuple[str, Mark, Mark]] = []
        self.ms: dict[str, list[float]] = defaultdict(list)
        """Per stage, milliseconds of every frame."""

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Put marks around encode, decode and the two graphs; they are gone afterwards."""
        real = (MimiModel.encode, MimiModel.decode, CUDAGraphed.__call__)
        MimiModel.encode = self._around('encode', MimiModel.encode)
        MimiModel.decode = self._around('decode', MimiModel.decode)
        CUDAGraphed.__call__ = self._around_graphs(CUDAGraphed.__call__)
        try:
            yield
        finally:
            MimiModel.encode, MimiModel.decode, CUDAGraphed.__call__ = real

    def end_frame(self) -> None:
        """Read the marks of this frame; the device must have finished it."""
        spans, self._spans = self._spans, []
        durations: dict[str, float] = dict.fromkeys(STAGES, 0.0)
        for stage, begin, end in spans:
            durations[stage] += self._between_ms(begin, end)
        ends = {stage: (begin, end) for stage, begin, end in spans}
        if 'temporal' in ends and 'depth' in ends:
            durations['text'] = self._between_ms(ends['temporal'][1], ends['depth'][0])
        for stage, duration in durations.items():
            self.ms[stage].append(duration)

    def _around(self, stage: str, function: Callable) -> Callable:
        @functools.wraps(function)
        def timed(*args: Any, **kwargs: Any) -> Any:
            begin = self._mark()
            result = function(*args, **kwargs)
            self._spans.append((stage, begin, self._mark()))
            return result

        return timed

    def _around_graphs(self, call: Callable) -> Callable:
        timed = {name: self._around(stage, call) for name, stage in _GRAPHS.items()}

        @functools.wraps(call)
        def chosen(graphed: CUDAGraphed, *args: Any, **kwargs: Any) -> Any:
            name = getattr(graphed.func, '__name__', '')
            return timed.get(name, call)(graphed, *args, **kwargs)

        return chosen

    def _mark(self) -> Mark:
        if not self._cuda:
            return time.perf_counter()
        event = torch.cuda.Event(enable_timing=True)
        event.record()
        return event

    def _between_ms(self, begin: Mark, end: Mark) -> float:
        return begin.elapsed_time(end) if self._cuda else (end - begin) * 1e3

# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""/metrics: what the ledger counted, in Prometheus' text format, read when it is asked for."""

from collections.abc import Callable
from collections.abc import Iterator
from itertools import accumulate
import math
import platform

from prometheus_client import CollectorRegistry
from prometheus_client import CONTENT_TYPE_LATEST
from prometheus_client import generate_latest
from prometheus_client import ProcessCollector
from prometheus_client.core import CounterMetricFamily
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.core import HistogramMetricFamily
from prometheus_client.core import InfoMetricFamily
from prometheus_client.core import Metric
from prometheus_client.registry import Collector
from prometheus_client.utils import floatToGoString

from personaplex_ros.engine import VERSION
from personaplex_ros.engine.ledger import Histogram
from personaplex_ros.engine.ledger import Ledger
from personaplex_ros.engine.worker import ModelWorker
from personaplex_ros.engine.worker import Status

CONTENT_TYPE = CONTENT_TYPE_LATEST

_FRAMES = (
    ('in', 'complete input frames that came'),
    ('out', 'frames that the model answered'),
    ('dropped', 'input frames that will never be answered'),
    ('dropped_out', 'answers that no reader took'),
)
_CACHE_GAUGES = (
    ('entries', 'entries', 'personas that can return without a prefill'),
    ('bytes', 'bytes', 'memory of the device that they take'),
    ('budget', 'budget_bytes', 'memory of the device that they may take'),
    ('disk_entries', 'disk_entries', 'personas kept in the folder'),
    ('disk_bytes', 'disk_bytes', 'room that they take there'),
    ('disk_budget', 'disk_budget_bytes', 'room that they may take there'),
)
"""Those of the disk are there where a folder was named."""

_CACHE_COUNTERS = (
    ('hits', 'prompts answered from the persona cache'),
    ('misses', 'prompts run in full'),
)


class Metrics:
    """One engine's numbers; a registry of its own, so that two engines in a process are two.

    sessions: returns how many conversations are open and how many there may be.
    """

    def __init__(
        self, ledger: Ledger, worker: ModelWorker, sessions: Callable[[], tuple[int, int]]
    ) -> None:
        self._registry = CollectorRegistry()
        self._registry.register(_EngineCollector(ledger, worker, sessions))
        ProcessCollector(registry=self._registry)

    def render(self) -> bytes:
        """Return the whole page."""
        return generate_latest(self._registry)


class _EngineCollector(Collector):
    """Makes the families anew for every scrape; labels are codes and states, never a prompt."""

    def __init__(
        self, ledger: Ledger, worker: ModelWorker, sessions: Callable[[], tuple[int, int]]
    ) -> None:
        self._ledger = ledger
        self._worker = worker
        self._sessions = sessions

    def collect(self) -> Iterator[Metric]:
        """Yield every family, those of the model once there is one."""
        yield from self._of_the_ledger()
        yield from self._of_the_process()
        yield from self._of_the_persona_cache()

    def _of_the_ledger(self) -> Iterator[Metric]:
        reading = self._ledger.reading()
        for name, what in _FRAMES:
            yield _counter(f'frames_{name}', what, reading.frames[name])
        faults = CounterMetricFamily(
            'personaplex_faults', 'errors told to callers, by code', labels=['code']
        )
        for code, count in sorted(reading.faults.items()):
            faults.add_metric([code], count)
        yield faults
        yield _histogram('frame', 'encode, step and decode of one frame', reading.frame)
        yield _histogram(
            'overhead', "input frame complete to answer sent, less the model's", reading.overhead
        )
        yield _histogram('prompt', 'until a persona was in place, kept or not', reading.prompt)
        yield _histogram('rebuild', 'state made anew before its window ran out', reading.rebuild)

    def _of_the_process(self) -> Iterator[Metric]:
        active, most = self._sessions()
        yield _gauge('sessions_active', 'conversations that are open', active)
        yield _gauge('sessions_max', 'conversations that may be open', most)
        status = GaugeMetricFamily(
            'personaplex_model_status', '1 for what /health says', labels=['status']
        )
        for one in Status:
            status.add_metric([one.value], float(one is self._worker.status))
        yield status
        model = self._worker.model
        build = {'version': VERSION, 'python': platform.python_version()}
        if model is not None:
            build |= {'model': model.name, 'device': model.device, 'dtype': model.dtype}
        yield InfoMetricFamily('personaplex_build', 'what runs here', build)

    def _of_the_persona_cache(self) -> Iterator[Metric]:
        if self._worker.model is None:
            return
        report = self._worker.model.persona_cache.report()
        for key, name, what in _CACHE_GAUGES:
            if key in report:
                yield _gauge(f'persona_cache_{name}', what, report[key])
        for key, what in _CACHE_COUNTERS:
            yield _counter(f'persona_cache_{key}', what, report[key])


def _counter(name: str, what: str, value: float) -> Metric:
    return CounterMetricFamily(f'personaplex_{name}', what, value=value)


def _gauge(name: str, what: str, value: float) -> Metric:
    return GaugeMetricFamily(f'personaplex_{name}', what, value=value)


def _histogram(name: str, what: str, histogram: Histogram) -> Metric:
    """Prometheus counts upwards: each bucket holds those before it too."""
    bounds_ms = (*histogram.bounds_ms, math.inf)
    labels = (floatToGoString(bound / 1e3) for bound in bounds_ms)
    return HistogramMetricFamily(
        f'personaplex_{name}_seconds',
        what,
        buckets=list(zip(labels, accumulate(histogram.counts), strict=True)),
        sum_value=histogram.sum_ms / 1e3,
    )

"""Metrics: the counters of one application, as Prometheus reads them."""

from collections.abc import Iterator, Sequence
from itertools import accumulate
from typing import Final, NamedTuple

from prometheus_client import CollectorRegistry, ProcessCollector
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
)
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.registry import Collector

from opentape import __version__
from opentape.api.stream.hub import Hub
from opentape.api.watch.served import STEPS_MS, Served
from opentape.desk.engine.engine import Engine
from opentape.desk.engine.meters import Delays

MEDIA: Final = CONTENT_TYPE_LATEST.removesuffix("; charset=utf-8")
"""The framework adds the charset."""
_SECOND_NS: Final = 1_000_000_000


class Watched(NamedTuple):
    """What is counted."""

    engine: Engine
    hub: Hub
    served: Served


class Metrics:
    """The page that Prometheus reads; each application has its own."""

    def __init__(self, watched: Watched) -> None:
        self._registry = CollectorRegistry()
        self._registry.register(_Counts(watched))
        ProcessCollector(registry=self._registry)

    def page(self) -> bytes:
        """Return every metric as text."""
        return generate_latest(self._registry)


class _Counts(Collector):
    def __init__(self, watched: Watched) -> None:
        self._watched = watched

    def collect(self) -> Iterator[Metric]:
        """Yield every metric as it stands."""
        engine, hub, served = self._watched
        build = GaugeMetricFamily("opentape_build", "Always 1", labels=["version"])
        build.add_metric([__version__], 1.0)
        yield build
        yield from _engine(engine)
        yield from _stream(hub)
        yield from _served(served)


def _engine(engine: Engine) -> Iterator[Metric]:
    meters = engine.meters
    for name, text, value in (
        ("prints", "Rows of the option tape, cancels and rejects included", meters.prints),
        ("stock_prints", "Rows of the stock tape", meters.stock_prints),
        ("batches", "Batches of prints that the feed delivered", meters.batches),
        ("signals", "Signals that were pushed", meters.signals),
        ("views", "Views of the market that were published", meters.views),
        ("chains_solved", "Chains that were turned into vols", meters.chains),
        ("chains_failed", "Chains that could not be", meters.chains_failed),
    ):
        yield CounterMetricFamily(f"opentape_{name}", text, value)
    push = "From a batch's coming to its rows being pushed"
    yield _delays("opentape_push_delay_seconds", push, meters.to_push)
    view = "From a batch's coming to the view that shows it"
    yield _delays("opentape_view_delay_seconds", view, meters.to_view)
    up, failed = engine.ready and engine.alive, engine.failure is not None
    as_of_s = engine.market.as_of_ns / _SECOND_NS
    yield _gauge("engine_up", "Whether the engine has published and runs", up)
    yield _gauge("engine_failed", "Whether an error ended the engine", failed)
    yield _gauge("as_of_seconds", "The tape's clock, seconds since 1970 UTC", as_of_s)
    names = len(engine.market.names)
    yield _gauge("underlyings", "Underlyings that the newest view has", names)


def _stream(hub: Hub) -> Iterator[Metric]:
    clients = tuple(hub.clients)
    end = hub.log.end
    behind = max((end - client.at for client in clients), default=0)
    sent = hub.sent + sum(client.sent for client in clients)
    yield _gauge("stream_clients", "Clients of the stream", len(clients))
    yield _gauge("stream_behind_rows", "Rows that the slowest client has to get", behind)
    yield _gauge(
        "stream_held_rows", "Rows held for clients that resume", end - hub.log.first
    )
    yield CounterMetricFamily("opentape_stream_rows", "Rows written to clients", sent)
    text = "Clients that were dropped because they were too slow"
    yield CounterMetricFamily("opentape_stream_dropped", text, hub.dropped)


def _served(served: Served) -> Iterator[Metric]:
    requests = CounterMetricFamily(
        "opentape_requests", "Answers by route and status", labels=["route", "status"]
    )
    for (route, status), count in served.requests.items():
        requests.add_metric([route, str(status)], count)
    yield requests
    took = HistogramMetricFamily(
        "opentape_request_seconds",
        "From a request's coming to its answer's beginning",
        labels=["route"],
    )
    for route, one in served.took.items():
        total_s = one.total_ns / _SECOND_NS
        took.add_metric([route], _buckets(STEPS_MS, one.counts), sum_value=total_s)
    yield took


def _delays(name: str, text: str, delays: Delays) -> Metric:
    made = HistogramMetricFamily(name, text)
    buckets = _buckets(delays.steps_ms, delays.counts)
    made.add_metric([], buckets, sum_value=delays.total_ns / _SECOND_NS)
    return made


def _buckets(steps_ms: Sequence[int], counts: Sequence[int]) -> list[tuple[str, float]]:
    """Return counts by step as Prometheus wants them: at most so many seconds."""
    steps = [*(str(step / 1_000) for step in steps_ms), "+Inf"]
    return list(zip(steps, map(float, accumulate(counts)), strict=True))


def _gauge(name: str, text: str, value: float) -> Metric:
    return GaugeMetricFamily(f"opentape_{name}", text, value)

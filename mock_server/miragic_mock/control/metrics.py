"""Counts and times of a mock, for Prometheus.

Rule: counting costs a poll next to nothing; Prometheus's library is loaded only when metrics are read.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from prometheus_client.core import Metric

    from ..engine.engine import Engine

CONTENT_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"


def exposition(engine: Engine) -> bytes:
    """Return the metrics in Prometheus's text format."""
    from prometheus_client import CollectorRegistry, generate_latest

    # A registry of its own: the library's default one is the process's, which may have several mocks.
    # Describing would collect once more, just to know the names.
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Collector(engine))
    return generate_latest(registry)


class _Collector:
    """Gives Prometheus's library the metrics as they are now."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def collect(self) -> Iterable[Metric]:
        """Yield each metric in turn."""
        from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, SummaryMetricFamily

        engine = self._engine
        answers, seconds = engine.tally.answers(), engine.tally.seconds()
        answered = CounterMetricFamily(
            "miragic_mock_answers", "Answers given.", labels=["operation", "status"]
        )
        for (operation, status), count in sorted(answers.items()):
            answered.add_metric([operation, str(status)], count)
        yield answered
        took = SummaryMetricFamily("miragic_mock_answer_seconds", "Time to answer.", labels=["operation"])
        for operation, total_s in sorted(seconds.items()):
            count = sum(count for (name, _), count in answers.items() if name == operation)
            took.add_metric([operation], count, total_s)
        yield took
        # Sums over tenants and not a series for each: tests make tenants by the thousand, which would swamp
        # Prometheus.
        tenants = engine.tenancy.alive(engine.clock())
        yield GaugeMetricFamily("miragic_mock_tenants", "Tenants alive.", value=len(tenants))
        totals = [engine.store.totals(tenant.id) for tenant in tenants]
        yield GaugeMetricFamily(
            "miragic_mock_jobs_submitted",
            "Jobs ever submitted by these tenants.",
            value=sum(t.jobs for t in totals),
        )
        yield GaugeMetricFamily(
            "miragic_mock_credits_charged",
            "Credits charged to these tenants.",
            value=sum(t.charged for t in totals),
        )
        evicted = engine.store.evicted()
        let_go = CounterMetricFamily("miragic_mock_evicted", "Let go to stay within bounds.", labels=["kind"])
        for kind, count in asdict(evicted).items():
            let_go.add_metric([kind], count)
        yield let_go

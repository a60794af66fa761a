"""Counts and times of a mock, for Prometheus: here the metrics have their names.

Rule: what is counted is handed in. Prometheus's library is loaded only when the metrics are asked for.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from prometheus_client.core import Metric

CONTENT_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Counts:
    """What there is to tell of a mock.

    Attributes:
        answers: How often each operation was answered with each status.
        seconds: How long the answers of each operation took in all.
        defects: How many requests a defect of the mock ended.
        tenants: How many tenants are alive.
        jobs: How many jobs these tenants ever submitted.
        credits: How many credits they were ever charged.
        evicted: How many of each kind were let go to stay within bounds.
    """

    answers: Mapping[tuple[str, int], int]
    seconds: Mapping[str, float]
    defects: int
    tenants: int
    jobs: int
    credits: int
    evicted: Mapping[str, int]


def exposition(counts: Counts) -> bytes:
    """Return the metrics in Prometheus's text format."""
    from prometheus_client import CollectorRegistry, generate_latest

    # A registry of its own: the library's default one is the process's, which may have several mocks.
    # Describing would collect once more, just to know the names.
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Collector(counts))
    return generate_latest(registry)


class _Collector:
    """Gives Prometheus's library the metrics."""

    def __init__(self, counts: Counts) -> None:
        self._counts = counts

    def collect(self) -> Iterable[Metric]:
        """Yield each metric in turn."""
        yield from self._answers()
        yield from self._tenants()

    def _answers(self) -> Iterable[Metric]:
        from prometheus_client.core import CounterMetricFamily, SummaryMetricFamily

        answers = self._counts.answers
        answered = CounterMetricFamily(
            "miragic_mock_answers", "Answers given.", labels=["operation", "status"]
        )
        for (operation, status), count in sorted(answers.items()):
            answered.add_metric([operation, str(status)], count)
        yield answered
        took = SummaryMetricFamily("miragic_mock_answer_seconds", "Time to answer.", labels=["operation"])
        for operation, total_s in sorted(self._counts.seconds.items()):
            count = sum(count for (name, _), count in answers.items() if name == operation)
            took.add_metric([operation], count, total_s)
        yield took
        yield CounterMetricFamily(
            "miragic_mock_defects", "Requests ended by a defect of the mock.", value=self._counts.defects
        )

    def _tenants(self) -> Iterable[Metric]:
        from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily

        # Sums over tenants and not a series for each: tests make tenants by the thousand, which would swamp
        # Prometheus.
        counts = self._counts
        yield GaugeMetricFamily("miragic_mock_tenants", "Tenants alive.", value=counts.tenants)
        yield GaugeMetricFamily(
            "miragic_mock_jobs_submitted", "Jobs ever submitted by these tenants.", value=counts.jobs
        )
        yield GaugeMetricFamily(
            "miragic_mock_credits_charged", "Credits charged to these tenants.", value=counts.credits
        )
        let_go = CounterMetricFamily("miragic_mock_evicted", "Let go to stay within bounds.", labels=["kind"])
        for kind, count in counts.evicted.items():
            let_go.add_metric([kind], count)
        yield let_go

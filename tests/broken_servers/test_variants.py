"""No false alarm: a server that does what the contract leaves open passes, whatever the seed."""

from __future__ import annotations

import pytest
from miragic_contracts.checker import Verdict
from miragic_contracts.rules import Severity

from tests.broken_servers.trial import check_server
from tests.broken_servers.variants import VARIANTS, Variant

SEEDS = range(10)
MOST_JOBS = 5


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("variant", [pytest.param(variant, id=variant.id) for variant in VARIANTS])
def test_a_conforming_server_passes(variant: Variant, seed: int) -> None:
    """What the contract leaves open is no error, and no warning but where one is due."""
    report = check_server(variant.make(), settings=variant.settings, seed=seed)
    assert report.of(Severity.ERROR) == ()
    assert {finding.rule for finding in report.of(Severity.WARNING)} == variant.warnings
    assert report.verdict is Verdict.PASS
    assert report.spent is not None
    assert report.spent.jobs <= MOST_JOBS


def test_there_are_enough_variants() -> None:
    """At least twenty ways to conform are tried."""
    assert len({variant.id for variant in VARIANTS}) == len(VARIANTS) >= 20

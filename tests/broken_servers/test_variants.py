"""No false alarm: a server that does what the contract leaves open passes, whatever the seed."""

from __future__ import annotations

import pytest
from miragic_contracts.checker import Verdict
from miragic_contracts.rules import Severity

from tests.broken_servers import gates
from tests.broken_servers.trial import check_server
from tests.broken_servers.variants import VARIANTS, Variant


@pytest.mark.parametrize("seed", gates.SEEDS)
@pytest.mark.parametrize("variant", [pytest.param(variant, id=variant.id) for variant in VARIANTS])
def test_a_conforming_server_passes(variant: Variant, seed: int) -> None:
    """What the contract leaves open is no error, and no warning but where one is due."""
    report = check_server(variant.make(), settings=variant.settings, seed=seed)
    assert report.of(Severity.ERROR) == ()
    assert {finding.rule for finding in report.of(Severity.WARNING)} == variant.warnings
    assert report.verdict is Verdict.PASS
    assert report.spent is not None
    assert report.spent.jobs <= gates.MOST_JOBS


def test_there_are_enough_variants() -> None:
    """Enough ways to conform are tried, each under a name of its own."""
    assert len({variant.id for variant in VARIANTS}) == len(VARIANTS) >= gates.LEAST_VARIANTS

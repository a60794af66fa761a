"""A second opinion: Schemathesis on the same contract, with all its checks. Run only where wanted.

On a server at a URL it only polls jobs that do not exist, which costs nothing. On a server that was offered
without a URL, a mock, it submits too.
"""

from __future__ import annotations

from typing import Any, Final

import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings

from miragic_contracts.checker import PROFILES
from miragic_contracts.spec import Operation, load_spec
from miragic_contracts.testsuite.servers import Server

_SPEC: Final = load_spec()
_EXAMPLES: Final = 5
_SEEDS: Final = (1, 2, 3)


@pytest.mark.parametrize("number", _SEEDS, ids="seed {}".format)
@pytest.mark.parametrize("mode", ["positive", "negative"])
def test_schemathesis_finds_nothing(
    pytestconfig: pytest.Config, miragic_server: Server, miragic_operation: Operation, mode: str, number: int
) -> None:
    """What fits the contract, and what nearly does, is answered as the contract says."""
    option = pytestconfig.getoption
    schemathesis = pytest.importorskip("schemathesis")
    rate = PROFILES[option("--miragic-profile") or "live"].rate if option("--miragic-base-url") else None
    config = schemathesis.Config.from_dict({"rate-limit": f"{rate:g}/s"} if rate else {})
    schema = schemathesis.openapi.from_dict(dict(_SPEC.document), config=config)
    fuzzed = schema[miragic_operation.path][miragic_operation.method]
    mode = schemathesis.GenerationMode(mode)
    key = {_SPEC.api_key_header: miragic_server.api_key}

    # In CI Hypothesis draws the same examples each time, so the variety comes from seeds that are written
    # down.
    @seed(number)
    @settings(
        max_examples=_EXAMPLES,
        deadline=None,
        # Nothing is kept between runs, and nothing is shrunk: that would send many more requests, and jobs
        # that move with time make it flaky.
        database=None,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=fuzzed.as_strategy(generation_mode=mode))
    def check(case: Any) -> None:
        case.call_and_validate(base_url=miragic_server.base_url, headers=key)

    check()

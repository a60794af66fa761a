"""The fixtures of the rules as tests: one run for the whole session, judged rule by rule.

Imports are absolute here and in the tests: pytest may load these files under another name.
"""

from __future__ import annotations

import os
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from miragic_contracts.checker import PROFILES, Report, Terms, check, prepare
from miragic_contracts.drivers import HttpDriver
from miragic_contracts.harmless import harmless_line
from miragic_contracts.reports import without_keys
from miragic_contracts.reports.facts import facts
from miragic_contracts.rules import Rulebook, Severity, rules_for
from miragic_contracts.spec import load_spec
from miragic_contracts.testsuite.servers import NoServerError, Server, offered_server

# The summary runs after the session, when fixtures are gone.
_REPORT: Final = pytest.StashKey[Report]()


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Make a test of each rule, and of each operation that the second lane may address."""
    if "miragic_rule" in metafunc.fixturenames:
        metafunc.parametrize(
            "miragic_rule", [pytest.param(rule, id=rule.id) for rule in rules_for(load_spec())]
        )
    if "miragic_operation" in metafunc.fixturenames:
        spec = load_spec()
        # A server at a URL may cost money, so the second lane only polls there.
        is_free = metafunc.config.getoption("--miragic-base-url") is None
        operations = (spec.poll, spec.submit) if is_free else (spec.poll,)
        metafunc.parametrize("miragic_operation", [pytest.param(op, id=op.id) for op in operations])


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Ignore the second lane unless it is wanted. None leaves the decision to pytest."""
    is_wanted = config.getoption("--miragic-second-lane")
    return True if collection_path.name == "test_second_lane.py" and not is_wanted else None


@pytest.fixture(scope="session")
def miragic_server(pytestconfig: pytest.Config) -> Iterator[Server]:
    """Yield the server to judge: the one at --miragic-base-url, or one that an installed package offers."""
    base_url = pytestconfig.getoption("--miragic-base-url")
    if base_url is None:
        try:
            with offered_server() as server:
                yield server
        except NoServerError as error:
            raise pytest.UsageError(str(error)) from error
        return
    # An empty variable counts as none: GitHub sets a secret to "" in runs that must not see it.
    key = pytestconfig.getoption("--miragic-api-key") or os.environ.get("MIRAGIC_API_KEY")
    if not key:
        raise pytest.UsageError("expected --miragic-api-key, or MIRAGIC_API_KEY in the environment")
    second = pytestconfig.getoption("--miragic-second-api-key") or os.environ.get("MIRAGIC_SECOND_API_KEY")
    yield Server(base_url, key, second or None)


@pytest.fixture(scope="session")
def miragic_report(pytestconfig: pytest.Config, miragic_server: Server) -> Report:
    """Run against the server once. All tests judge that run's trace."""
    option, spec = pytestconfig.getoption, load_spec()
    usual = "mock" if option("--miragic-base-url") is None else "live"
    seed = option("--miragic-seed")
    preparation = prepare(
        spec,
        PROFILES[option("--miragic-profile") or usual],
        Terms(option("--miragic-timeout"), option("--miragic-max-jobs")),
        seed=random.SystemRandom().randrange(1 << 32) if seed is None else seed,
        has_second_key=miragic_server.second_api_key is not None,
    )
    driver = HttpDriver(
        miragic_server.base_url, key=miragic_server.api_key, second_key=miragic_server.second_api_key
    )
    try:
        report = without_keys(check(driver, Rulebook(spec), preparation), driver.redactor)
    finally:
        driver.close()
    pytestconfig.stash[_REPORT] = report
    return report


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Print the findings that are no error, and what the run cost."""
    report = config.stash.get(_REPORT, None)
    if report is None or report.spent is None:
        return
    terminalreporter.section("Miragic contract")
    for fact in facts(report):
        if fact.finding.severity is not Severity.ERROR:
            line = f"{fact.finding.severity}: {fact.finding.rule}: {fact.finding.message}"
            terminalreporter.line(harmless_line(line))
    spent = report.spent
    cost = f"{spent.requests} requests, {spent.jobs} jobs, {spent.credits:g} credits"
    terminalreporter.line(f"{report.verdict}: {cost}, seed {report.seed}")

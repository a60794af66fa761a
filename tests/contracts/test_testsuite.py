"""The rules as tests of anybody's pytest."""

from __future__ import annotations

import importlib.metadata
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from miragic_contracts.checker import PROFILES
from miragic_contracts.rules import rules_for
from miragic_contracts.spec import load_spec
from miragic_contracts.testsuite import plugin, servers
from miragic_contracts.testsuite.servers import NoServerError, Server, offered_server

from tests.broken_servers import operators as op
from tests.broken_servers.trial import KEY, SECOND_KEY
from tests.broken_servers.wire import Asked, Serve, Told, between, refusal

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication


# One for each rule that concerns the contract, and the one that nothing stood in the way.
TESTS = len(rules_for(load_spec())) + 1
PLUGIN = "miragic_contracts.testsuite.plugin"


def run(pytester: pytest.Pytester, *arguments: str) -> pytest.RunResult:
    is_installed = any(entry.value == PLUGIN for entry in importlib.metadata.entry_points(group="pytest11"))
    load = () if is_installed else ("-p", PLUGIN)
    return pytester.runpytest_subprocess("--pyargs", "miragic_contracts", *load, *arguments)


def test_the_options_know_the_profiles() -> None:
    """The choices of the option are the checker's profiles."""
    assert tuple(PROFILES) == plugin.PROFILES


def test_each_rule_is_a_test(pytester: pytest.Pytester, sound_url: str) -> None:
    """A sound server passes a test for each rule, from one run whose cost is told at the end."""
    keys = ("--miragic-api-key", KEY, "--miragic-second-api-key", SECOND_KEY)
    result = run(pytester, "--miragic-base-url", sound_url, "--miragic-profile", "mock", *keys)
    result.assert_outcomes(passed=TESTS)
    result.stdout.fnmatch_lines(["pass: * requests, 7 jobs, 14 credits, seed *"])


def test_a_broken_server_fails_the_test_of_its_fault(pytester: pytest.Pytester, forgetful_url: str) -> None:
    """One fault fails the one rule that is there for it, with what was expected and what came."""
    keys = ("--miragic-api-key", KEY, "--miragic-second-api-key", SECOND_KEY)
    result = run(pytester, "--miragic-base-url", forgetful_url, "--miragic-profile", "mock", *keys)
    result.assert_outcomes(passed=TESTS - 1, failed=1)
    result.stdout.fnmatch_lines(["*test_rule?question-echo?*", "fail: * requests, 7 jobs, *"])


def test_a_second_opinion_costs_nothing_at_a_url(
    pytester: pytest.Pytester, served: Callable[[WSGIApplication], str], sound_application: WSGIApplication
) -> None:
    """Asked for it, Schemathesis looks at jobs that are not there, with three seeds, and sends nothing but
    GET; submissions are left to servers that were offered without a URL.
    """
    asked: list[tuple[str, str | None]] = []

    def serve(ask: Serve, request: Asked) -> Told:
        asked.append((request.method, request.key))
        return ask(request)

    url = served(between(sound_application, serve))
    keys = ("--miragic-api-key", KEY, "--miragic-profile", "mock")
    result = run(pytester, "--miragic-base-url", url, *keys, "--miragic-second-lane", "-k", "schemathesis")
    result.assert_outcomes(passed=6)
    assert {method for method, _ in asked} == {"GET"}
    assert {key for _, key in asked} >= {KEY, None}


def test_a_second_opinion_bites(
    pytester: pytest.Pytester, served: Callable[[WSGIApplication], str], sound_application: WSGIApplication
) -> None:
    """What Schemathesis finds fails its tests; without the option nobody asks it."""
    url = served(op.status(418, op.with_status(404))()(sound_application))
    keys = ("--miragic-api-key", KEY, "--miragic-profile", "mock", "-k", "schemathesis")
    result = run(pytester, "--miragic-base-url", url, *keys, "--miragic-second-lane")
    assert result.parseoutcomes()["failed"] >= 3
    result.stdout.fnmatch_lines(["*418*"])
    assert run(pytester, "--miragic-base-url", url, *keys).ret == pytest.ExitCode.NO_TESTS_COLLECTED


def test_what_is_not_the_servers_fault_fails_once_and_is_named(
    pytester: pytest.Pytester, served: Callable[[WSGIApplication], str]
) -> None:
    """Where the key is refused the run is not green, but no rule is said to be broken."""
    url = served(between(lambda *_: [], lambda ask, asked: refusal(401)))
    result = run(pytester, "--miragic-base-url", url, "--miragic-profile", "mock", "--miragic-api-key", KEY)
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    assert result.parseoutcomes()["failed"] == 1
    result.stdout.fnmatch_lines(["*inconclusive: the key was refused*"])


def test_a_key_is_asked_for(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    """A URL without a key is a mistake of usage, not a failure of the server."""
    monkeypatch.delenv("MIRAGIC_API_KEY", raising=False)
    result = run(pytester, "--miragic-base-url", "http://127.0.0.1:9")
    assert "expected --miragic-api-key" in result.stdout.str()
    result.assert_outcomes(errors=TESTS)


def test_without_a_url_somebody_must_offer_a_server(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where no installed package offers a server, the error says what to give or to install."""
    monkeypatch.setattr(servers, "GROUP", "miragic_contracts.nobody")
    with pytest.raises(NoServerError, match="--miragic-base-url"), offered_server():
        pass


def test_an_installed_package_may_offer_a_server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a package registers is started for the tests, and stopped after them."""
    metadata = tmp_path / "offering-1.0.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text(
        "Metadata-Version: 2.1\nName: offering\nVersion: 1.0\n", encoding="utf-8"
    )
    (metadata / "entry_points.txt").write_text("[offers]\nours = offering_module:serve\n", encoding="utf-8")
    (tmp_path / "offering_module.py").write_text(
        "import contextlib\nlog = []\n@contextlib.contextmanager\ndef serve():\n"
        "    yield {'base_url': 'http://x', 'api_key': 'k', 'second_api_key': 'l'}\n"
        "    log.append('stopped')\n",
        encoding="utf-8",
    )
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(servers, "GROUP", "offers")
    with offered_server() as server:
        assert server == Server("http://x", "k", "l")
    import offering_module

    assert offering_module.log == ["stopped"]


def test_a_server_is_a_url_and_keys() -> None:
    """What a package offers is a URL with a key, and a second one if there is one."""
    assert Server(base_url="http://x", api_key="k").second_api_key is None

"""The pytest plugin, run by pytest in processes of its own."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable

import pytest
from miragic_mock import MockServer

SUBMIT = """
    import pytest, requests

    def submit(mock, content=b"sound"):
        return requests.post(
            mock.url + "/api/v1/speech-to-text/generate",
            headers={"X-API-Key": mock.api_key},
            files={"file": ("a.mp3", content)},
            data={"audio_format": "mp3"},
            timeout=10,
        )
"""


@pytest.fixture
def run(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> Callable[..., pytest.RunResult]:
    """Runs tests with the plugin, and with no other but those that are named."""
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    for name in (
        "COVERAGE_PROCESS_START",
        "PYTEST_XDIST_WORKER",
        "PYTEST_XDIST_WORKER_COUNT",
        "PYTEST_ADDOPTS",
    ):
        monkeypatch.delenv(name, raising=False)

    def go(source: str, *options: str) -> pytest.RunResult:
        pytester.makepyfile(test_it=SUBMIT + source)
        plugins = ("-p", "miragic_mock.pytest_plugin", "-p", "no:cacheprovider", "-W", "error")
        return pytester.runpytest_subprocess(*plugins, *options)

    return go


def test_each_test_has_a_tenant_of_its_own(run: Callable[..., pytest.RunResult]) -> None:
    """The marker says what it is like; the server is shared, and nobody sees another's jobs."""
    run(
        """
    urls = set()

    @pytest.mark.miragic_mock(plan="done=never", credits=2, seed=7)
    @pytest.mark.parametrize("n", range(3))
    def test_own(miragic_mock, n):
        assert [submit(miragic_mock).status_code for _ in "ab"] == [201, 402]
        assert miragic_mock.ledger()["jobs_created"] == 1
        assert miragic_mock.jobs()[0]["plan"].startswith("done=never")
        urls.add(miragic_mock.url)
        assert len(urls) == 1

    def test_none_is_left(miragic_mock_server):
        assert miragic_mock_server.tenants() == []
    """
    ).assert_outcomes(passed=4)


def test_nearer_markers_win(run: Callable[..., pytest.RunResult]) -> None:
    """What a test says wins over what its module says, and the rest of the module's holds."""
    run(
        """
    pytestmark = pytest.mark.miragic_mock(plan="text=far", credits=4)

    @pytest.mark.miragic_mock(plan="text=near")
    def test_near(miragic_mock):
        assert miragic_mock.plan().endswith("text=near")
        assert miragic_mock.ledger()["granted"] == 4
    """
    ).assert_outcomes(passed=1)


def test_without_a_socket(run: Callable[..., pytest.RunResult]) -> None:
    """`miragic_intercept` answers for the live address, and takes the same marker."""
    run(
        """
    @pytest.mark.miragic_mock(faults=["503(first=1)"], strict=True)
    def test_live(miragic_intercept):
        assert miragic_intercept.url == "https://backend.miragic.ai"
        assert [submit(miragic_intercept).status_code for _ in "ab"] == [503, 201]
    """
    ).assert_outcomes(passed=1)


def test_a_failure_shows_the_journal(run: Callable[..., pytest.RunResult]) -> None:
    """The report of a failed test has what its mock was asked; that of a passed one has not."""
    result = run(
        """
    def test_red(miragic_mock):
        miragic_mock.faults("503(first=1)")
        assert submit(miragic_mock).status_code == 201

    def test_idle(miragic_intercept):
        assert False

    def test_green(miragic_mock):
        submit(miragic_mock)
    """
    )
    result.assert_outcomes(passed=1, failed=2)
    result.stdout.fnmatch_lines(
        [
            "*miragic_mock journal, http://127.0.0.1:*",
            "   1  *  POST /api/v1/speech-to-text/generate  503  fault 503(first=1)",
            "*miragic_mock journal, https://backend.miragic.ai*",
            "nothing was asked",
        ]
    )
    assert result.stdout.str().count("miragic_mock journal") == 2
    assert "mock_key_" not in result.stdout.str()


UNMET = """
    @pytest.mark.miragic_mock(faults=["503(first=2)"]{more})
    def test_unmet(miragic_mock):
        submit(miragic_mock)
"""


@pytest.mark.parametrize(
    ("more", "options", "errors"),
    [
        ("", (), 0),
        (", strict=True", (), 1),
        ("", ("--miragic-mock-strict",), 1),
        ("", ("-o", "miragic_mock_strict=true"), 1),
        (", strict=False", ("--miragic-mock-strict",), 0),
    ],
)
def test_strict_only_when_asked(
    run: Callable[..., pytest.RunResult], more: str, options: tuple[str, ...], errors: int
) -> None:
    """Planned faults that did not strike fail a test where marker, option or ini file say so."""
    result = run(UNMET.format(more=more), *options)
    result.assert_outcomes(passed=1, errors=errors)
    assert ("did not strike as often as planned: 503(first=2)" in result.stdout.str()) is bool(errors)


def test_a_mistyped_marker_is_said(run: Callable[..., pytest.RunResult]) -> None:
    """A word that the marker does not know is an error that lists those that it does."""
    result = run(
        """
    @pytest.mark.miragic_mock(credit=2)
    def test_it(miragic_mock):
        pass
    """
    )
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*takes plan, scenario, faults, credits*by name; got credit*"])


def test_a_mistyped_ini_file_is_said(run: Callable[..., pytest.RunResult]) -> None:
    """A plan that does not parse ends the run before any test, pointing at the word."""
    result = run("", "-o", "miragic_mock_plan=done-aftr=3s")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["*miragic_mock_plan: *done-aftr*did you mean 'done-after'*"])


def test_four_workers_share_one_server(run: Callable[..., pytest.RunResult]) -> None:
    """Under xdist all workers use the controller's server, each test with a tenant of its own."""
    result = run(
        """
    import os, time

    @pytest.mark.miragic_mock(credits=2)
    @pytest.mark.parametrize("n", range(40))
    def test_own(miragic_mock, n):
        print("WORKER", os.environ["PYTEST_XDIST_WORKER"], miragic_mock.url)
        assert submit(miragic_mock).status_code == 201
        assert submit(miragic_mock).status_code == 402
        assert len(miragic_mock.jobs()) == 1
        assert len(miragic_mock.journal()) == 2
    """,
        *("-p", "xdist", "-n", "4", "-rP", "-o", "miragic_mock_plan=done=never"),
    )
    result.assert_outcomes(passed=40)
    seen = set(re.findall(r"WORKER (gw\d) (http://\S+)", result.stdout.str()))
    assert {worker for worker, _ in seen} == {"gw0", "gw1", "gw2", "gw3"}
    assert len({url for _, url in seen}) == 1


def test_a_running_mock_can_be_used(run: Callable[..., pytest.RunResult]) -> None:
    """With a URL no server is started; the tests are tenants of the one that is there."""
    with MockServer() as mock:
        source = """
    def test_there(miragic_mock, pytestconfig):
        assert miragic_mock.url == pytestconfig.getoption("--miragic-mock-url")
        submit(miragic_mock)
    """
        run(source, "--miragic-mock-url", mock.url).assert_outcomes(passed=1)
        assert mock.tenants() == []
        assert "POST /_mock/tenants" not in str(mock.journal())


def test_loading_it_is_light(pytester: pytest.Pytester) -> None:
    """Loading the plugin imports none of the libraries that the mock is made of."""
    heavy = ("flask", "werkzeug", "requests", "responses", "granian", "jsonschema_rs", "yaml", "click")
    code = "import sys, pytest; before = set(sys.modules); import miragic_mock.pytest_plugin;"
    code += f"print(sorted(set({heavy!r}) & (set(sys.modules) - before)))"
    result = pytester.run(sys.executable, "-c", code)
    assert result.outlines == ["[]"]

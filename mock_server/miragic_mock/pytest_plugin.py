"""The pytest plugin: a mock for each test, on one server for the whole run.

Rule: loading it imports only pytest and light modules of ours; the mock's machinery comes with the first
fixture that is used.

With pytest-xdist the controller offers the server and all workers share it, each test by a tenant of its own.
The server is the controller's, because the controller outlives every worker.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator, Mapping
from importlib.util import find_spec
from typing import Any, Final

import pytest

from .errors import MockError, PlanError
from .language.plans import parse_plan
from .testing.connect import connect
from .testing.mock import Mock
from .testing.on_demand import OnDemand

_MARKER: Final = "miragic_mock"
_OPTIONS: Final = (
    "plan",
    "scenario",
    "faults",
    "credits",
    "rate_limit",
    "seed",
    "clock",
    "api_key",
    "strict",
)
_TIME_TO_LIVE_S: Final = 86_400.0
"""Of a test's tenant, should the test run be killed before it ends the tenant."""
_URL: Final = "miragic_mock_url"
_OFFERED: Final = pytest.StashKey[OnDemand]()
_USED: Final = pytest.StashKey[list[Mock]]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Declare the options of the command line and of the configuration file."""
    group = parser.getgroup("miragic-mock", "a fake of the Miragic speech-to-text API")
    group.addoption(
        "--miragic-mock-url",
        default=None,
        metavar="URL",
        help="use the mock that listens there instead of starting one",
    )
    group.addoption(
        "--miragic-mock-strict",
        action="store_true",
        default=None,
        help="fail a test whose planned faults did not all strike",
    )
    parser.addini(_URL, "use the mock that listens there instead of starting one", default="")
    parser.addini("miragic_mock_plan", "the plan of jobs that no test says more about", default="")
    parser.addini(
        "miragic_mock_strict",
        "fail a test whose planned faults did not all strike",
        type="bool",
        default=False,
    )


def pytest_configure(config: pytest.Config) -> None:
    """Declare the marker, and refuse a plan that cannot be read before any test runs."""
    config.addinivalue_line(
        "markers",
        f"{_MARKER}({', '.join(f'{name}=...' for name in _OPTIONS)}): what the mock of this test is like, "
        "for the fixtures miragic_mock and miragic_intercept",
    )
    try:
        parse_plan(config.getini("miragic_mock_plan"))
    except PlanError as error:
        raise pytest.UsageError(f"miragic_mock_plan: {error}") from error


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Tell an xdist worker where the server is that all of them share."""
    config: pytest.Config = node.config
    # A worker that is no child process may be on another machine, and starts a server of its own.
    if not node.gateway.spec.popen or _configured_url(config):
        return
    if _OFFERED not in config.stash:
        config.stash[_OFFERED] = OnDemand(plan=config.getini("miragic_mock_plan"))
    node.workerinput[_URL] = config.stash[_OFFERED].url


def pytest_unconfigure(config: pytest.Config) -> None:
    """Stop the server that was offered to workers."""
    if _OFFERED in config.stash:
        config.stash[_OFFERED].stop()


@pytest.fixture(scope="session")
def miragic_mock_server(request: pytest.FixtureRequest) -> Iterator[Mock]:
    """Give the mock that all tests of this run share, as a whole: a `Mock` of all tenants."""
    config = request.config
    url = _configured_url(config) or getattr(config, "workerinput", {}).get(_URL)
    if url:
        with connect(url) as mock:
            yield mock
    else:
        _require_extra()
        from .testing.server import MockServer

        with MockServer(plan=config.getini("miragic_mock_plan")) as mock:
            yield mock


@pytest.fixture
def miragic_mock(request: pytest.FixtureRequest, miragic_mock_server: Mock) -> Iterator[Mock]:
    """Give this test a mock of its own: a `Mock` of one tenant, with its `url` and `api_key`.

    The marker `miragic_mock(plan=..., faults=[...], credits=..., seed=..., clock=...)` says what it is like.
    """
    options = _options(request.node)
    is_strict = options.pop("strict")
    # The control API takes names of 200 characters; the end of a node's id tells most of it.
    mock = miragic_mock_server.tenant(name=request.node.nodeid[-200:], ttl_s=_TIME_TO_LIVE_S, **options)
    try:
        yield _used(request.node, mock)
        if is_strict:
            _check_faults(mock)
    finally:
        mock.end()


@pytest.fixture
def miragic_intercept(request: pytest.FixtureRequest) -> Iterator[Mock]:
    """Give this test a mock without a socket, which answers what `requests` sends to the live API.

    The marker is that of `miragic_mock`.
    """
    options = _options(request.node)
    is_strict = options.pop("strict")
    _require_extra()
    options.setdefault("plan", request.config.getini("miragic_mock_plan"))
    from .testing.interception.intercept import intercept

    with intercept(**options) as mock:
        yield _used(request.node, mock)
        if is_strict:
            _check_faults(mock)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Show the journals of its mocks in the report of a test that fails."""
    report = yield
    # Only of the call: in setup nothing was sent, and what fails in teardown is seldom the client.
    if report.when == "call" and report.failed:
        for mock in item.stash.get(_USED, []):
            report.sections.append((f"miragic_mock journal, {mock.url}", _journal(mock)))
    return report


def _require_extra() -> None:
    # The plugin is installed with the bare client, too, which does without the mock's libraries.
    if find_spec("flask") is None or find_spec("responses") is None:
        pytest.fail("the mock needs its libraries: pip install 'miragic-stt-toolkit[mock]'", pytrace=False)


def _configured_url(config: pytest.Config) -> str:
    return str(config.getoption("--miragic-mock-url") or config.getini(_URL) or "")


def _options(node: pytest.Item) -> dict[str, Any]:
    """Return the options of a test's mock from its markers, the nearest first, and whether it is strict."""
    options: dict[str, Any] = {}
    for marker in node.iter_markers(_MARKER):
        unknown = set(marker.kwargs) - set(_OPTIONS)
        if marker.args or unknown:
            got = ", ".join([*map(repr, marker.args), *sorted(unknown)])
            raise pytest.UsageError(f"the marker {_MARKER} takes {', '.join(_OPTIONS)} by name; got {got}")
        options = {**marker.kwargs, **options}
    strict = bool(node.config.getoption("--miragic-mock-strict") or node.config.getini("miragic_mock_strict"))
    return {"strict": strict, **options}


def _used(node: pytest.Item, mock: Mock) -> Mock:
    """Note a mock of a test, whose journal is shown should the test fail."""
    node.stash.setdefault(_USED, []).append(mock)
    return mock


def _check_faults(mock: Mock) -> None:
    unmet = mock.verify()["unmet_faults"]
    if unmet:
        pytest.fail(
            f"planned faults that did not strike as often as planned: {', '.join(unmet)}", pytrace=False
        )


def _journal(mock: Mock) -> str:
    try:
        lines = [_line(exchange) for exchange in mock.journal()]
    except (MockError, OSError) as error:  # requests' errors are OSErrors
        return f"it could not be read: {error}"
    return "\n".join(lines) or "nothing was asked"


def _line(exchange: Mapping[str, Any]) -> str:
    notes = (("job", "job_id"), ("shown as", "job_status"), ("fault", "fault"), ("note", "note"))
    details = "".join(f"  {label} {exchange[name]}" for label, name in notes if exchange.get(name))
    request = f"{exchange['method']} {exchange['path']}"
    status = exchange["status"] or "no answer"
    return f"{exchange['number']:>4}  {exchange['at']}  {request}  {status}{details}"

"""The mock in hand: the same methods in this process and over HTTP."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import pytest
import requests
from miragic_mock import ControlError, Mock, MockServer, connect

NOON = "2026-01-01T12:00:00.000Z"


@pytest.fixture(params=["in process", "over HTTP"])
def whole(request: pytest.FixtureRequest) -> Iterator[Mock]:
    """A mock of all tenants, in hand in either way."""
    with MockServer() as mock:
        if request.param == "in process":
            yield mock
        else:
            with connect(mock.url) as connected:
                yield connected


Submit = Callable[..., requests.Response]


@pytest.fixture
def submit() -> Submit:
    """Submits a recording to a mock, under its key."""

    def send(mock: Mock, **headers: str) -> requests.Response:
        return requests.post(
            f"{mock.url}/api/v1/speech-to-text/generate",
            files={"file": ("a.mp3", b"sound")},
            data={"audio_format": "mp3"},
            headers={"X-API-Key": mock.api_key} | headers,
            timeout=10,
        )

    return send


def test_tenants_do_not_see_each_other(whole: Mock, submit: Submit) -> None:
    """Each has its own plan, credits, clock, journal and books; the whole mock has them all."""
    first = whole.tenant(plan="done=never", credits=2, clock="frozen", name="one", seed=3, ttl_s=60)
    second = whole.tenant(faults=["503(first=1)"], rate_limit="3/min", clock="frozen")
    assert [submit(first).status_code for _ in "ab"] == [201, 402]
    assert [submit(second).status_code for _ in "abcd"] == [503, 201, 201, 201]
    assert submit(second).status_code == 429
    books = second.ledger()
    assert (books.rate_limit.limit, books.rate_limit.used, books.rate_limit.refused) == ("3/min", 3, 1)
    assert (first.ledger().rate_limit, whole.ledger().rate_limit, whole.ledger().rate_limited) == (
        None,
        None,
        1,
    )
    assert [mock.ledger()["jobs_created"] for mock in (first, second, whole)] == [1, 3, 4]
    assert [len(mock.journal()) for mock in (first, second, whole)] == [2, 5, 7]
    assert [len(mock.jobs()) for mock in (first, second, whole)] == [1, 3, 4]
    assert whole.ledger()["granted"] == 2
    assert len(whole.har()["log"]["entries"]) == 7
    assert second.journal()[-1]["retry_after_s"] > 0
    first.end()
    assert [tenant["name"] for tenant in whole.tenants()] == [""]
    with pytest.raises(ControlError, match="no such tenant"):
        first.jobs()


def test_time_is_set_and_passes(whole: Mock) -> None:
    """Freeze, advance, scale, set and back to real time, by the names of the control API."""
    mock = whole.tenant()
    assert mock.freeze(datetime(2026, 1, 1, 12, tzinfo=UTC))["clock"]["now"] == NOON
    assert mock.advance(60) == []
    assert mock.clock() == {"now": "2026-01-01T12:01:00.000Z", "mode": "frozen", "rate": 0.0}
    assert mock.set_clock(NOON)["clock"]["now"] == NOON
    assert mock.scale(60)["clock"]["rate"] == 60
    assert mock.reset_clock()["clock"]["mode"] == "real"


def test_what_happens_is_steered(whole: Mock, submit: Submit) -> None:
    """Plan, scenario and faults are set, read and cleared."""
    mock = whole.tenant()
    assert mock.plan("outcome=failed; error=No") == "outcome=failed;error=No"
    assert mock.plan() == "outcome=failed;error=No"
    assert mock.plan("") == ""
    rules = '[[rule]]\nname = "*.mp3"\nplan = "text=by rule"\n'
    assert mock.scenario(rules) == mock.scenario() == rules
    submit(mock)
    assert "by%20rule" in mock.jobs()[0]["plan"] or "by rule" in mock.jobs()[0]["plan"]
    assert mock.scenario("") == ""
    assert mock.faults("429(first=1, retry-after=2)") == mock.faults() == ["429(retry-after=2s,first=1)"]
    mock.clear_faults()
    assert mock.faults() == []
    with pytest.raises(ControlError, match="did you mean 'done-after'") as caught:
        mock.plan("done-aftr=3s")
    assert caught.value.status == 400


def test_jobs_are_looked_at_ended_and_awaited(whole: Mock, submit: Submit) -> None:
    """A job is explained, replanned, finished and waited for, none of which is a poll."""
    mock = whole.tenant(plan="done=manual")
    job_id = submit(mock).json()["data"]["jobId"]
    assert mock.explain(job_id)["next"]["how"] == "command"
    assert mock.change_plan(job_id, "text=later")["plan"]
    assert mock.finish(job_id, text="done")["transcription"] == "done"
    assert mock.wait(job_id, until="COMPLETED", timeout_s=1)["polls"] == 0
    assert mock.job(job_id)["status"] == "COMPLETED"
    with pytest.raises(ControlError) as caught:
        mock.finish(job_id)
    assert caught.value.status == 409
    mock.reset()
    assert (mock.jobs(), mock.journal()) == ([], [])


def test_verdicts_of_many_are_one(whole: Mock, submit: Submit) -> None:
    """For the whole mock a fault is met when anybody met it; nobody's manners are forgotten."""
    assert whole.verify()["good"]
    whole.faults("503(first=1)")
    assert whole.verify()["unmet_faults"] == ["503(first=1)"]
    tenant, _ = whole.tenant(), whole.tenant()
    assert submit(tenant).status_code == 503
    assert whole.verify()["unmet_faults"] == []
    assert whole.verify()["good"]


def test_the_mock_shows_itself(whole: Mock) -> None:
    """State, metrics and repr are there, and no key is in any of them."""
    mock = whole.tenant()
    assert whole.state()["store"]["kind"] == "memory"
    assert "miragic" in whole.metrics()
    assert repr(whole) == f"<Mock of all tenants at {whole.url}>"
    assert repr(mock) == f"<Mock of one tenant at {mock.url}>"


def test_a_client_borrows_the_mocks_time(whole: Mock) -> None:
    """A sleep of the mock's takes no time, and its clock shows that it has passed."""
    mock = whole.tenant(clock=NOON)
    before = mock.monotonic()
    mock.sleep(90)
    mock.sleep(-1)
    assert mock.monotonic() - before == 90
    assert before == datetime(2026, 1, 1, 12, tzinfo=UTC).timestamp()


def test_the_time_is_the_clocks_own(whole: Mock) -> None:
    """A tenant's clock on the server's, or the server's; and nobody's once the tenant has ended."""
    whole.freeze(NOON)
    mock = whole.tenant()
    mock.advance(0.25)
    for scope in (whole, mock):
        assert scope.monotonic() == datetime.fromisoformat(scope.clock()["now"]).timestamp()
    whole.advance(60)
    assert mock.monotonic() - whole.monotonic() == pytest.approx(0.25)
    mock.end()
    with pytest.raises(ControlError):
        mock.monotonic()


def test_documents_are_read_by_attribute_too(whole: Mock) -> None:
    """What the mock says can be asked by name; a name that is not there is said, with those that are."""
    mock = whole.tenant(credits=9)
    assert mock.ledger().granted == mock.ledger()["granted"] == 9
    assert whole.ledger().jobs_created == 0
    assert whole.state().store.bounds.journal > 0
    with pytest.raises(AttributeError, match=r"expected one of granted.*got 'jobs_create'"):
        _ = mock.ledger().jobs_create

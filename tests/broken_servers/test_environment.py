"""The environment is not the product: what tells nothing of the server is neither a pass nor a fail."""

from __future__ import annotations

import pytest
from miragic_contracts.checker import PROFILES, Report, Terms, Verdict, check, prepare
from miragic_contracts.drivers import HttpDriver

from tests.broken_servers import operators as op
from tests.broken_servers.operators import Make
from tests.broken_servers.trial import KEY, check_server, contract, rulebook
from tests.broken_servers.virtual_time import VirtualTime
from tests.broken_servers.wire import Incoming, Reply, refusal

PAGE = Reply(200, (("Content-Type", "text/html"),), b"<!doctype html><title>Sign in</title>")
TOO_MANY = refusal(429, "TOO_MANY_REQUESTS", "Slow down.")
NO_CREDITS = refusal(402, "INSUFFICIENT_CREDITS", "Too few credits.")
KEY_REFUSED = refusal(401, "INVALID_API_KEY", "Invalid or expired API key")
AWAY = refusal(503, "SERVICE_UNAVAILABLE", "Back soon.")


def everything(incoming: Incoming) -> bool:
    return True


def submissions(incoming: Incoming) -> bool:
    return incoming.is_submit and incoming.key == KEY


def submissions_of_recordings(incoming: Incoming) -> bool:
    return (
        submissions(incoming) and incoming.file_name == "audio.mp3" and incoming.part("audio_format") == "mp3"
    )


def later_submissions(incoming: Incoming) -> bool:
    return submissions(incoming) and incoming.file_name == "not-audio.mp3"


WEATHER = {
    "the key is refused": (op.refusing(everything, KEY_REFUSED), "key"),
    "the key is forbidden": (op.refusing(everything, refusal(403, "FORBIDDEN", "No.")), "key"),
    "no credits": (op.refusing(submissions, NO_CREDITS), "credits"),
    "the credits run out": (op.refusing(later_submissions, NO_CREDITS), "credits"),
    "every answer is 429": (op.refusing(everything, TOO_MANY), "429"),
    "every answer is 429 for an hour": (
        op.refusing(everything, TOO_MANY.with_header("Retry-After", "3600")),
        "429",
    ),
    "every answer is 429 on a page": (
        op.refusing(everything, Reply(429, PAGE.headers, PAGE.body)),
        "not this API",
    ),
    "an outage": (op.refusing(everything, AWAY), "503"),
    "a broken gateway": (op.refusing(everything, refusal(502)), "502"),
    "a sign-in page": (op.refusing(everything, PAGE), "not this API"),
    "a sign-in page after a byte order mark": (
        op.refusing(everything, Reply(200, PAGE.headers, b"\xef\xbb\xbf" + PAGE.body)),
        "not this API",
    ),
    "a redirection": (
        op.refusing(everything, Reply(302, (("Location", "https://login.example.org/"),), b"")),
        "not this API",
    ),
}


def test_a_submission_that_met_an_outage_is_not_repeated() -> None:
    """Behind a 503 a job may have been made, so no second one is paid for, even if it would be answered."""
    report = check_server(op.once(AWAY, submissions_of_recordings)())
    assert (report.verdict, report.findings) == (Verdict.INCONCLUSIVE, ())
    assert "503" in report.environment[0]
    assert report.spent is not None
    assert report.spent.jobs == 1


@pytest.mark.parametrize(("make", "word"), WEATHER.values(), ids=WEATHER.keys())
def test_weather_is_inconclusive(make: Make, word: str) -> None:
    """What stands in the way is named, nothing is found, and the verdict is neither pass nor fail."""
    report = check_server(make())
    assert [f.message for f in report.findings if f.severity == "error"] == []
    assert report.verdict is Verdict.INCONCLUSIVE
    assert report.exit_status == 3
    assert any(word in sentence for sentence in report.environment)


def without_network(base_url: str) -> Report:
    time = VirtualTime()
    driver = HttpDriver(base_url, key=KEY, request_timeout_s=0.2)
    try:
        return check(
            driver, rulebook(), prepare(contract(), PROFILES["quick"], Terms(60.0), seed=1), clock=time.clock
        )
    finally:
        driver.close()


def test_a_closed_port_is_inconclusive(closed_port: int) -> None:
    """Where nobody listens, the report says so, and no job is counted as spent."""
    report = without_network(f"http://127.0.0.1:{closed_port}")
    assert (report.verdict, report.exit_status) == (Verdict.INCONCLUSIVE, 3)
    assert "cannot be reached" in report.environment[0]
    assert report.spent is not None
    assert report.spent.jobs == 0


def test_a_silent_server_is_inconclusive_and_may_have_been_paid(silent_port: int) -> None:
    """A server that takes a request and never answers may have made a job: it counts as spent."""
    report = without_network(f"http://127.0.0.1:{silent_port}")
    assert (report.verdict, report.findings) == (Verdict.INCONCLUSIVE, ())
    assert "no answer in time" in report.environment[0]


def test_a_network_that_breaks_half_way_is_inconclusive() -> None:
    """A server that goes away while jobs run is not called wrong for it."""
    report = check_server(op.refusing(lambda incoming: incoming.job_id is not None, AWAY)())
    assert report.verdict is Verdict.INCONCLUSIVE
    assert report.findings == ()

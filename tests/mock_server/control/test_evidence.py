"""The journal, the books and the verdict on manners, by the control API."""

from __future__ import annotations

import json
from typing import Any


def test_the_journal_knows_requests_by_their_id(api: Any) -> None:
    """Each exchange has the id that its answer's X-Request-Id says, and no key."""
    answers = [api.submit(name="ä.mp3"), api.poll("nothing")]
    job_id = answers[0].get_json()["data"]["jobId"]
    answers += [api.poll(job_id), api.client.head(api.poll_path(job_id), headers=api.headers())]
    journal = api.control("GET", "/journal")
    ids = [exchange["request_id"] for exchange in journal["exchanges"]]
    assert ids == [answer.headers["X-Request-Id"] for answer in answers]
    assert [
        (exchange["operation"], exchange["status"], exchange.get("poll")) for exchange in journal["exchanges"]
    ] == [
        ("create", 201, 0),
        ("status", 404, None),
        ("status", 200, 1),
        ("status", 200, None),
    ]
    assert journal["exchanges"][0]["file_name"] == "ä.mp3"
    assert api.key not in json.dumps(journal)
    assert api.control("GET", "/journal.har")["log"]["entries"][1]["response"]["status"] == 404


def test_requests_of_nobody_are_the_servers(api: Any) -> None:
    """A request without a key stands in the server's journal, with the reason of its refusal."""
    api.client.get(api.poll_path("x"))
    (exchange,) = api.control("GET", "/journal", about=None)["exchanges"]
    assert (exchange["status"], exchange["operation"]) == (401, "status")


def test_the_ledger_adds_up(api: Any) -> None:
    """The books of a tenant name each job's price; the server has none."""
    api.submitted("credits=3")
    books = api.control("GET", "/ledger")
    assert (books["charged"], books["balance"], books["entries"][0]["charged"]) == (3, None, 3)
    api.control("GET", "/ledger", about=None, status=400)


def test_bad_manners_are_found(api: Any) -> None:
    """A poll after the end is found, with the numbers of the exchanges; so is an unmet fault."""
    job_id = api.submitted("done-after=0s")
    assert api.control("GET", "/verify")["good"] is True
    api.job(job_id)
    api.job(job_id)
    verdict = api.control("GET", "/verify")
    assert (verdict["good"], verdict["findings"][0]["exchanges"]) == (False, [2, 3])
    assert verdict["findings"][0]["rule"] == "no-poll-after-terminal"
    api.control("PUT", "/faults", json={"faults": ["503(first=1)"]})
    assert api.control("GET", "/verify")["unmet_faults"] == ["503(first=1)"]

"""What proxies and the mock's own journal record of a mock, judged from their HAR files."""

from __future__ import annotations

import contextlib
import dataclasses
import datetime
import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import miragic_contracts
import pytest
import requests
from miragic_contracts.checker import Verdict, judge_trace
from miragic_contracts.har import as_har, read_har
from miragic_contracts.rules import Rulebook, Severity
from miragic_contracts.trace import Intent
from miragic_mock.domain.tenants import SERVER, Tenant
from miragic_mock.language.plans import parse_plan
from miragic_mock.stores import open_store
from miragic_mock.wsgi.flask_app import create_app
from miragic_stt import Client, NotFoundError

from tests.broken_servers import operators as op

SPEECH = Path(miragic_contracts.__file__).parent / "recordings" / "speech.mp3"
REAL_KEY = "key-of-a-recorded-customer"


def entry_of(incoming: op.Incoming, reply: op.Reply) -> dict[str, Any]:
    """One exchange as a proxy writes it down, key and bodies included."""
    names = {
        name: name[5:].replace("_", "-").title() for name in incoming.environ if name.startswith("HTTP_")
    }
    url = f"http://{incoming.environ['HTTP_HOST']}{incoming.environ['PATH_INFO']}"
    return {
        "startedDateTime": datetime.datetime.now(datetime.UTC).isoformat(),
        "time": 20,
        "request": {
            "method": incoming.method,
            "url": url,
            "headers": [{"name": name, "value": incoming.environ[key]} for key, name in names.items()],
        },
        "response": {
            "status": reply.status,
            "headers": [{"name": name, "value": value} for name, value in reply.headers],
            "content": {"size": len(reply.body), "text": reply.body.decode()},
        },
    }


@pytest.fixture
def recordings_of(served: Callable[..., str]) -> Callable[[str], dict[str, str]]:
    """What our client does with a mock, as recorded by a proxy and by the mock's own journal.

    It waits for a job, and polls it twice more.
    """

    def record(plan: str) -> dict[str, str]:
        entries: list[dict[str, Any]] = []

        def serve(ask: op.Serve, incoming: op.Incoming) -> op.Reply:
            reply = ask(incoming)
            entries.append(entry_of(incoming, reply))
            return reply

        tenant = dataclasses.replace(Tenant(SERVER), plan=parse_plan(plan))
        # The mock's time stands still: on a slow machine a job would else be shown as changed after its end.
        now_s = time.time()
        with contextlib.closing(open_store()) as store:
            application = create_app(store=store, server=tenant, clock=lambda: now_s)
            url = served(op.between(application, serve))
            with Client(REAL_KEY, url, sleep=lambda _: None) as client:
                job = client.submit(SPEECH)
                client.wait(job.id)
                for _ in range(2):
                    with contextlib.suppress(NotFoundError):
                        client.get(job.id)
            proxied = json.dumps({"log": {"version": "1.2", "entries": list(entries)}})
            assert REAL_KEY in proxied
            journal = requests.get(f"{url}/_mock/journal.har", headers={"X-API-Key": REAL_KEY}, timeout=5)
            return {"proxy": proxied, "journal": journal.text}

    return record


@pytest.mark.parametrize("source", ["proxy", "journal"])
def test_a_recording_of_a_sound_mock_has_nothing_wrong(
    recordings_of: Callable[[str], dict[str, str]], rulebook: Rulebook, source: str
) -> None:
    """What client and mock say to one another breaks no rule, whoever recorded it.

    What was not tried is not tested, so that nobody takes it for a pass.
    """
    reading = read_har(recordings_of("done-after=0s")[source], rulebook.spec)
    report = judge_trace(reading.trace, rulebook)
    assert report.findings == report.environment == ()
    assert (reading.foreign, reading.bodiless) == (0, 0)
    assert [e.intent for e in reading.trace.exchanges] == [
        Intent.SUBMIT,
        Intent.POLL,
        Intent.POLL,
        Intent.POLL,
    ]
    assert report.observations["legal-moves"] == 2
    assert report.observations["job-document"] == (3 if source == "proxy" else 0)
    assert report.verdict is Verdict.INCONCLUSIVE


@pytest.mark.parametrize("source", ["proxy", "journal"])
@pytest.mark.parametrize(
    ("fault", "exchange", "rule", "by_its_body"),
    [
        ("status-back(skip=1,first=1)", 3, "legal-moves", {"progress-order"}),
        ("404(on=status,skip=1,first=1)", 3, "readable", set()),
        ("500(on=status,skip=1,first=1)", 3, "no-server-error", set()),
        ("content-type(type=text/plain,on=create)", 1, "media-type", set()),
    ],
)
def test_a_recording_tells_the_fault(
    recordings_of: Callable[[str], dict[str, str]],
    rulebook: Rulebook,
    source: str,
    fault: str,
    exchange: int,
    rule: str,
    by_its_body: set[str],
) -> None:
    """A fault of the mock is found in a recording, by its rule. With bodies, more can be found."""
    recording = recordings_of(f"done-after=0s;fault={fault}")[source]
    report = judge_trace(read_har(recording, rulebook.spec).trace, rulebook)
    expected = {rule} | (by_its_body if source == "proxy" else set())
    assert {(f.rule, f.exchange) for f in report.of(Severity.ERROR)} == {
        (name, exchange) for name in expected
    }


def test_what_a_journal_tells_comes_back_from_our_own_file(
    recordings_of: Callable[[str], dict[str, str]], rulebook: Rulebook
) -> None:
    """A trace without bodies is written and read again as one."""
    trace = read_har(recordings_of("done-after=0s")["journal"], rulebook.spec).trace
    assert read_har(as_har(trace), rulebook.spec).trace == trace

"""Uses of the public interface that must type-check, by mypy and pyright; never run.

The package loads its names lazily, which type checkers cannot follow: they read the imports under
`TYPE_CHECKING` instead. A name that is missing there is an error here.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from socket import create_server
from typing import Any, assert_type

import requests
from miragic_mock import (
    ControlError,
    Document,
    Mock,
    MockError,
    MockOptions,
    MockServer,
    PlanError,
    Settings,
    connect,
    intercept,
)


def without_a_socket() -> None:
    with intercept() as mock:
        assert_type(mock, Mock)
    with intercept("https://stt.test", others="pass", plan="done-after=2polls", clock="frozen") as mock:
        requests.get(mock.url, headers={"X-API-Key": mock.api_key}, timeout=mock.monotonic())


def on_a_socket() -> str:
    server = MockServer(
        host="127.0.0.1",
        port=0,
        listener=create_server(("127.0.0.1", 0)),
        tls=(Path("certificate.pem"), "key.pem"),
        control_token="a token",
        **options(),
    )
    assert_type(server.start(), Mock)
    server.stop()
    with MockServer(plan="done-after=1m") as mock:
        return mock.url


def in_another_process() -> None:
    with connect("http://127.0.0.1:8080", api_key="key", token="a token") as mock:
        assert_type(mock, Mock)


def options() -> MockOptions:
    return MockOptions(
        plan="done-after=2polls",
        faults=["429(retry-after=2,first=3)"],
        scenario="",
        clock="2026-01-01T12:00:00Z",
        seed=11,
        credits=None,
        rate_limit="60/min",
        api_key="key",
        transcription="@words.txt",
        spec=Path("openapi.yaml"),
        store="memory:",
        settings=Settings(create_status=200, times="unix", errors="flat", max_upload_bytes=1_000, cors=True),
        real_clock=lambda: 0.0,
    )


def tenants(mock: Mock) -> None:
    tenant = mock.tenant(
        api_key="key",
        name="a test",
        plan="done-after=1s",
        faults=["500(first=1)"],
        credits=10,
        rate_limit="60/min",
        seed=1,
        clock="frozen",
    )
    assert_type(tenant, Mock)
    assert_type(tenant.owner, str | None)
    assert_type(tenant.app, Callable[..., Any] | None)
    assert_type(mock.tenants(), list[Document])
    tenant.reset()
    tenant.end()


def clock(mock: Mock) -> None:
    assert_type(mock.monotonic(), float)
    assert_type(mock.advance(60), list[Document])
    mock.sleep(0.5)
    for document in (
        mock.clock(),
        mock.freeze(),
        mock.freeze(datetime(2026, 1, 1, tzinfo=UTC)),
        mock.freeze("2026-01-01T12:00:00Z"),
        mock.scale(60),
        mock.set_clock(1_767_268_800.0),
        mock.reset_clock(),
    ):
        assert_type(document, Document)


def steering(mock: Mock) -> None:
    assert_type(mock.plan(), str)
    assert_type(mock.plan("done-after=2polls"), str)
    assert_type(mock.scenario(""), str)
    assert_type(mock.faults("503(every=2)", "reset"), list[str])
    mock.clear_faults()


def jobs(mock: Mock) -> None:
    for job in mock.jobs(limit=10):
        assert_type(job, Document)
        assert_type(mock.job(job["id"]), Document)
        assert_type(mock.explain(job.id), Document)
        assert_type(mock.change_plan(job.id, "done-after=1s"), Document)
        assert_type(mock.finish(job.id, outcome="completed", text="hello"), Document)
        assert_type(mock.wait(job.id, until="terminal", timeout_s=5), Document)


def evidence(mock: Mock) -> None:
    assert_type(mock.state(), Document)
    assert_type(mock.journal(), list[Document])
    assert_type(mock.har(), Document)
    assert_type(mock.verify(min_interval_s=0.5, deadline_s=60), Document)
    assert_type(mock.ledger(), Document)
    assert_type(mock.metrics(), str)


def errors(mock: Mock) -> str:
    try:
        mock.plan("done-aftr=2polls")
    except ControlError as error:
        return f"{error.status} {error.message}"
    except PlanError as error:
        assert_type(error.nearest, str | None)
        return f"{error.text} {error.word} {error.position} {error.expected}"
    except MockError as error:
        return str(error)
    return ""

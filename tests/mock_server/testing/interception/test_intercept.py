"""A mock without a socket."""

from __future__ import annotations

import gc
import io
import weakref
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from typing import Any

import httpx
import pytest
import requests
from miragic_mock import MockError, MockServer, intercept

Opened = Callable[..., AbstractContextManager[Any]]
SUBMIT = "/api/v1/speech-to-text/generate"
FORM = (
    b'--b\r\nContent-Disposition: form-data; name="audio_format"\r\n\r\nmp3\r\n'
    b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.mp3"\r\n\r\nsound\r\n--b--\r\n'
)
FORM_TYPE = {"Content-Type": "multipart/form-data; boundary=b"}


def test_the_live_host_is_answered_here(intercepted: Opened) -> None:
    """A client that knows only the live address is served; links lead back to the mock, too."""
    with intercepted(plan="done-after=2polls;text=hello") as caller:
        assert caller.mock.url == "https://backend.miragic.ai"
        job_id = caller.submitted()
        assert caller.statuses(job_id, 2) == ["PENDING", "COMPLETED"]
        data = caller.poll(job_id).json()["data"]
        assert data["transcription"] == "hello"
        assert data["audioUrl"].startswith(caller.mock.url)
        assert requests.get(data["audioUrl"], timeout=5).content == b"sound" * 1000


def test_half_an_hour_takes_no_time(intercepted: Opened) -> None:
    """Time passes at a word, and what it changed is told in order."""
    with intercepted(plan="done-after=30m") as caller:
        job_id = caller.submitted()
        assert caller.statuses(job_id, 1) == ["PENDING"]
        (change,) = caller.mock.advance(1800)
        assert (change["job"], change["before"], change["after"]) == (job_id, "PENDING", "COMPLETED")
        assert caller.statuses(job_id, 1) == ["COMPLETED"]


def pieces() -> Iterator[bytes]:
    yield from (FORM[start : start + 7] for start in range(0, len(FORM), 7))


@pytest.mark.parametrize("body", [lambda: FORM, lambda: FORM.decode(), lambda: io.BytesIO(FORM), pieces])
def test_any_kind_of_body_is_read(intercepted: Opened, body: Callable[[], Any]) -> None:
    """Bytes, text, a file and a generator are the same upload."""
    with intercepted() as caller:
        headers = FORM_TYPE | {"X-API-Key": "k"}
        answer = requests.post(caller.mock.url + SUBMIT, data=body(), headers=headers, timeout=5)
        assert answer.status_code == 201, answer.text
        assert caller.mock.jobs()[0]["file"]["size_bytes"] == 5


def test_another_base_url_is_answered_instead() -> None:
    """The address is anybody's choice, with a path if need be not; others are not touched."""
    with intercept("http://stt.test:81/") as mock:
        assert requests.get(f"{mock.url}{SUBMIT}", timeout=5).status_code == 405
        for other in ("http://stt.test:811/", "https://backend.miragic.ai/"):
            with pytest.raises(requests.ConnectionError):
                requests.get(other, timeout=5)


def test_others_may_pass() -> None:
    """With `others="pass"` the network is there for all but the API."""
    with MockServer() as server, intercept(others="pass") as mock:
        health = "/_mock/health"
        assert requests.get(server.url + health, timeout=5).json() == {"status": "ok"}
        assert requests.get(mock.url + health, timeout=5).json() == {"status": "ok"}
        assert len(mock.journal()) == len(server.journal()) == 0


def test_waits_can_be_slept() -> None:
    """With a sleep the clock is left alone, and the sleep is as long as the client lasts."""
    slept: list[float] = []
    clock = "2026-01-01T12:00:00Z"
    with intercept(faults=["delay(by=60s)"], clock=clock, sleep=slept.append) as mock:
        with pytest.raises(requests.ReadTimeout):
            requests.get(
                f"{mock.url}/api/v1/speech-to-text/jobs/x", headers={"X-API-Key": "k"}, timeout=(1, 5)
            )
        assert (
            requests.get(
                f"{mock.url}/api/v1/speech-to-text/jobs/x", headers={"X-API-Key": "k"}, timeout=90
            ).status_code
            == 404
        )
        assert mock.clock()["now"] == "2026-01-01T12:00:00.000Z"
    assert slept == [5.0, 60.0]


def test_a_hang_without_a_timeout_does_not_hang_the_test() -> None:
    """Where a real call would never end, the exception says that it has no timeout."""
    with intercept(faults=["hang"]) as mock, pytest.raises(requests.ReadTimeout, match="without a timeout"):
        requests.get(f"{mock.url}/api/v1/speech-to-text/jobs/x", headers={"X-API-Key": "k"})


def test_nobody_waits_longer_for_a_stalled_upload_than_for_an_answer(intercepted: Opened) -> None:
    """The client gives up at its timeout, to the second, and the job is made all the same."""
    with intercepted(clock="2026-01-01T12:00:00Z") as caller:
        with pytest.raises(requests.ReadTimeout, match=r"timeout=2\.0"):
            caller.submit("fault=delay(by=3s,byte=100)", timeout=2.0)
        assert caller.mock.clock()["now"] == "2026-01-01T12:00:02.000Z"
        assert len(caller.mock.jobs()) == 1
        caller.submitted("fault=delay(by=3s,byte=100)", timeout=3.5)
        assert caller.mock.clock()["now"] == "2026-01-01T12:00:05.000Z"


def test_a_call_is_forgotten_once_there_is_another(intercepted: Opened) -> None:
    """What was uploaded and answered does not pile up in an interception that lasts."""
    with intercepted() as caller:
        answers = [weakref.ref(caller.submit()) for _ in range(3)]
        with pytest.raises(requests.ReadTimeout):
            caller.submit("fault=hang")
        gc.collect()
        assert [call() for call in answers] == [None, None, None]


def test_nothing_is_caught_afterwards(intercepted: Opened) -> None:
    """When the context ends, `requests` is as it was."""
    before = requests.adapters.HTTPAdapter.send
    with intercepted():
        assert requests.adapters.HTTPAdapter.send is not before
    assert requests.adapters.HTTPAdapter.send is before


def test_a_wrong_option_is_said() -> None:
    """A plan that does not parse points at the word before anything is caught."""
    with pytest.raises(MockError, match="done-after"), intercept(plan="done-aftr=3s"):
        pass


def test_httpx_takes_the_mock_as_a_transport() -> None:
    """The mock is a WSGI application: one line makes it a transport of httpx."""
    with intercept(plan="text=hello;done-after=0s") as mock:
        with httpx.Client(transport=httpx.WSGITransport(app=mock.app), base_url=mock.url) as client:  # type: ignore[arg-type]  # None only for another process
            headers = {"X-API-Key": mock.api_key}
            form = {"files": {"file": ("a.mp3", b"sound")}, "data": {"audio_format": "mp3"}}
            made = client.post(SUBMIT, headers=headers, **form)  # type: ignore[arg-type]  # httpx knows its own forms
            job_id = made.json()["data"]["jobId"]
            job = client.get(f"/api/v1/speech-to-text/jobs/{job_id}", headers=headers).json()
        assert job["data"]["transcription"] == "hello"
        assert mock.ledger()["jobs_created"] == 1


def test_interceptions_stand_side_by_side() -> None:
    """What the inner one passes on, the outer one answers."""
    with intercept("http://outer.test") as outer, intercept("http://inner.test", others="pass") as inner:
        for mock in (outer, inner, outer):
            answer = requests.get(
                f"{mock.url}/api/v1/speech-to-text/jobs/x", headers={"X-API-Key": "k"}, timeout=5
            )
            assert answer.status_code == 404
        assert (len(outer.journal()), len(inner.journal())) == (2, 1)


@pytest.mark.parametrize(("fault", "status"), [("reset", 501), ("hang", 501), ("delay(by=9s)", 404)])
def test_the_application_alone_does_what_wsgi_can(fault: str, status: int) -> None:
    """As a transport of httpx there is no connection to lose, and that is what the client is told."""
    with intercept(faults=[fault], clock="2026-01-01T12:00:00Z") as mock:
        transport = httpx.WSGITransport(app=mock.app)  # type: ignore[arg-type]  # None only for another process
        with httpx.Client(transport=transport, base_url=mock.url, headers={"X-API-Key": "k"}) as client:
            answer = client.get("/api/v1/speech-to-text/jobs/none")
        assert answer.status_code == status
        assert ("WSGI gives no hold" in answer.text) is (status == 501)


def test_what_the_callers_own_code_raises_reaches_the_caller() -> None:
    """A body that fails while it is sent, and a sleep that fails, are no defects of the mock."""

    def body() -> Iterator[bytes]:
        yield b"--b\r\n"
        raise KeyError("mine")

    def sleep(_: float) -> None:
        raise KeyError("mine")

    headers = {"X-API-Key": "k", "Content-Type": "multipart/form-data; boundary=b"}
    with intercept(sleep=sleep) as mock:
        with pytest.raises(KeyError, match="mine"):
            requests.post(
                f"{mock.url}/api/v1/speech-to-text/generate", data=body(), headers=headers, timeout=9
            )
        mock.faults("delay(by=1s)")
        with pytest.raises(KeyError, match="mine"):
            requests.get(f"{mock.url}/api/v1/speech-to-text/jobs/x", headers=headers, timeout=9)

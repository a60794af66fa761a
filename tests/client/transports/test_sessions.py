"""Sessions and their connections: what they share, what they read, and when they are closed."""

from __future__ import annotations

import gc
import threading

import pytest
import requests
from miragic_stt import (
    APIConnectionError,
    Client,
)
from miragic_stt._transports.requests import make_session

from tests.client.transports.handlers import DONE, ONCE, QUICK, answers


def test_neither_netrc_nor_cookies_are_used(wire, tmp_path, monkeypatch):
    """The key is the only credential, and no state passes from one request to the next."""
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login somebody password secret\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))

    def handler(connection):
        for _ in range(2):
            connection.read_request()
            connection.answer(200, DONE, headers="Set-Cookie: session=1; Path=/\r\n")

    server = wire(handler)
    with Client("key", server.url) as client:
        client.get("job-1")
        client.get("job-1")
    assert len(server.heads) == 2
    assert not any("Authorization" in head or "Cookie" in head for head in server.heads)


def test_the_environment_is_read_once(wire, monkeypatch):
    """A proxy is one for all requests of a client; looking for it each time would cost more than our work."""
    for name in ("http_proxy", "no_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
    server = wire(answers(DONE, DONE))
    with Client("key", server.url) as client:
        client.get("job-1")
        monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
        client.get("job-1")
        with Client("key", server.url, retries=ONCE) as later, pytest.raises(APIConnectionError):
            later.get("job-1")
    assert server.connections == 1


def test_looks_at_a_job_are_prepared_once(wire, wav, monkeypatch):
    """Preparing costs more than all that is ours; another job, and an upload, are requests of their own."""
    prepared, prepare = [], requests.PreparedRequest.prepare
    monkeypatch.setattr(
        requests.PreparedRequest,
        "prepare",
        lambda self, **parts: prepared.append(parts["url"].rsplit("/", 1)[1]) or prepare(self, **parts),
    )
    server = wire(answers(DONE, DONE, DONE, {"id": "job-2", "status": "PENDING"}, DONE, DONE))
    with Client("key", server.url) as client:
        for job_id in ("job-1", "job-1", "job-1", "job-2", "job-1"):
            assert client.get(job_id).id == job_id
        client.submit(wav)
    assert prepared == ["job-1", "job-2", "job-1", "generate"]
    assert [head.split()[1].rsplit("/", 1)[1] for head in server.heads] == [
        "job-1", "job-1", "job-1", "job-2", "job-1", "generate",
    ]  # fmt: skip


def test_a_session_of_our_own_repeats_and_follows_nothing():
    """The loop that repeats is the protocol's, where it can be seen and bounded."""
    with make_session() as session:
        for prefix in ("http://", "https://"):
            adapter = session.get_adapter(prefix)
            assert adapter.max_retries.total == 0
            assert adapter.proxy_manager_for("http://proxy.test:1").connection_pool_kw["blocksize"] == 1 << 20
        assert session.get_redirect_target(requests.Response()) is None


def test_a_foreign_session_is_used_and_not_closed(stage):
    """The caller made it, and closes it."""
    client = stage.client(stage.pending())
    with client:
        client.get("job-1")
    assert not stage.adapter.closed


def test_a_client_of_its_own_closes_its_connections(wire):
    """Leaving the block hangs up: the server sees the end of the connection."""
    ended = threading.Event()

    def handler(connection):
        connection.read_request()
        connection.answer(200, DONE)
        assert connection.read_head() == b""
        ended.set()

    with Client("key", wire(handler).url) as client:
        client.get("job-1")
    assert ended.wait(20)


def test_a_client_closes_its_connections_after_an_error_too(wire):
    """The library below would leave them to the garbage collector."""
    ended = threading.Event()

    def hang_up(connection):
        connection.read_request()

    def handler(connection):
        connection.read_request()
        connection.answer(200, DONE)
        assert connection.read_head() == b""
        ended.set()

    gc.disable()
    try:
        with Client("key", wire(hang_up, handler).url, retries=QUICK) as client:
            assert client.get("job-1").transcription == "hello"
        assert ended.wait(20)
    finally:
        gc.enable()


def test_one_client_serves_many_threads(wire, wav):
    """Eight threads at once get eight different jobs, and each its own text."""
    taken = threading.Lock()
    jobs = []

    def handler(connection):
        while head := connection.read_head():
            connection.read_body(head)
            if head.startswith(b"POST"):
                with taken:
                    jobs.append(f"job-{len(jobs)}")
                    document = {"data": {"jobId": jobs[-1]}}
            else:
                job = head.split(b" ")[1].rsplit(b"/", 1)[1].decode()
                document = {"data": {"id": job, "status": "COMPLETED", "transcription": f"text of {job}"}}
            connection.answer(200, document)

    found = []
    with Client("key", wire(handler).url, retries=ONCE) as client:

        def work():
            for _ in range(5):
                transcript = client.transcribe(wav)
                found.append((transcript.job.id, transcript.text))

        threads = [threading.Thread(target=work) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert sorted(found) == sorted((job, f"text of {job}") for job in jobs)
    assert len(jobs) == 40

"""`miragic-mock serve` as a process: ready when it says so, gone after a signal."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest
import requests
from click.testing import CliRunner
from miragic_mock.cli.commands import main
from miragic_mock.servers import granian
from urllib3 import encode_multipart_formdata

from ..processes import STOP_WITHIN_S, serving

SUBMIT, POLL = "/api/v1/speech-to-text/generate", "/api/v1/speech-to-text/jobs/"
KEY = {"X-API-Key": "k"}


def submit(url: str, sound: bytes = b"sound", **headers: str) -> requests.Response:
    body, content_type = encode_multipart_formdata({"file": ("a.mp3", sound), "audio_format": "mp3"})
    return requests.post(
        url + SUBMIT, body, headers=KEY | headers | {"Content-Type": content_type}, timeout=30
    )


@pytest.mark.parametrize("stop", [signal.SIGTERM, signal.SIGINT])
def test_a_served_mock_is_ready_and_stops(stop: signal.Signals) -> None:
    """The ready line comes when requests are answered; a signal ends the process, with 0."""
    with serving("--plan", "done-after=2polls;text=hi", "--seed", "7") as (facts, process):
        assert facts["event"] == "ready"
        assert facts["control_token"] is None
        job_id = submit(facts["url"]).json()["data"]["jobId"]
        for expected in (None, "hi"):
            job = requests.get(facts["url"] + POLL + job_id, headers=KEY, timeout=30).json()["data"]
            assert job["transcription"] == expected
        upload = requests.get(job["audioUrl"], timeout=30)
        assert (upload.content, upload.headers["X-Request-Id"][-2:]) == (b"sound", "-4")
        assert requests.get(facts["control_url"] + "health", timeout=30).json() == {"status": "ok"}
        process.send_signal(stop)
        assert process.wait(STOP_WITHIN_S) == 0


def test_a_signal_stops_a_mock_that_is_at_work() -> None:
    """A call that would wait for a minute, and an upload that never arrives, do not hold up the end."""
    assert granian._STOP_WITHIN_S < 1
    with serving("--plan", "done=never") as (facts, process):
        job_id = submit(facts["url"]).json()["data"]["jobId"]
        host, port = facts["url"].removeprefix("http://").split(":")
        calls = [
            f"GET /_mock/wait?job={job_id}&timeout=60 HTTP/1.1\r\nHost: localhost\r\n\r\n",
            f"POST {SUBMIT} HTTP/1.1\r\nHost: localhost\r\nX-API-Key: k\r\nContent-Length: 9999\r\n"
            "Content-Type: multipart/form-data; boundary=b\r\n\r\n--b\r\n",
        ]
        busy = [socket.create_connection((host, int(port))) for _ in calls]
        try:
            for connection, call in zip(busy, calls, strict=True):
                connection.sendall(call.encode())
            submit(facts["url"])  # answered after the two have been taken
            process.send_signal(signal.SIGTERM)
            assert process.wait(STOP_WITHIN_S) == 0
        finally:
            for connection in busy:
                connection.close()


@pytest.mark.parametrize("server", ["granian", "threads"])
def test_a_stopped_mock_leaves_no_file_behind(
    server: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither an upload that was kept on disk, nor one that had not arrived."""
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    head = (
        f"POST {SUBMIT} HTTP/1.1\r\nHost: localhost\r\nX-API-Key: k\r\nContent-Length: 9000000\r\n"
        "Content-Type: multipart/form-data; boundary=b\r\n\r\n"
        '--b\r\nContent-Disposition: form-data; name="file"; filename="a.mp3"\r\n\r\n'
    )
    with serving("--server", server) as (facts, process):
        assert submit(facts["url"], sound=b"sound" * 500_000).status_code == 201
        host, port = facts["url"].removeprefix("http://").split(":")
        with socket.create_connection((host, int(port))) as half:
            half.sendall(head.encode() + b"sound" * 500_000)
            assert any(path.is_file() for path in tmp_path.rglob("*"))
            process.send_signal(signal.SIGTERM)
            assert process.wait(STOP_WITHIN_S) == 0
    assert list(tmp_path.iterdir()) == []


def test_several_workers_share_a_store(tmp_path: Path) -> None:
    """With a store that processes share, any worker knows any job."""
    store = f"sqlite:///{(tmp_path / 'mock.db').as_posix()}"
    with serving("--workers", "2", "--store", store, "--plan", "done=never") as (facts, _):
        jobs = [submit(facts["url"]).json()["data"]["jobId"] for _ in range(6)]
        polls = [
            requests.get(facts["url"] + POLL + job, headers=KEY, timeout=30) for job in jobs for _ in "ab"
        ]
        assert {poll.status_code for poll in polls} == {200}
        assert len(set(jobs)) == 6


def test_a_mock_that_others_can_reach_has_a_token() -> None:
    """Off loopback the control API asks for the token that the ready line shows."""
    with serving("--host", "0.0.0.0") as (facts, _):
        assert requests.get(facts["control_url"] + "jobs", timeout=30).status_code == 401
        token = {"Authorization": f"Bearer {facts['control_token']}"}
        assert requests.get(facts["control_url"] + "jobs", headers=token, timeout=30).json() == {"jobs": []}


def test_a_waiting_call_does_not_hold_up_others() -> None:
    """Polls are answered while calls wait: those are waiting still when the last poll has its answer."""
    with serving("--plan", "done=never") as (facts, _):
        job_id = submit(facts["url"]).json()["data"]["jobId"]
        host, port = facts["url"].removeprefix("http://").split(":")
        request = f"GET /_mock/wait?job={job_id}&timeout=60 HTTP/1.1\r\nHost: localhost\r\n\r\n".encode()
        waiting = [socket.create_connection((host, int(port))) for _ in range(20)]
        try:
            for connection in waiting:
                connection.sendall(request)
            for _ in range(20):
                assert requests.get(facts["url"] + POLL + job_id, headers=KEY, timeout=30).status_code == 200
            for connection in waiting:
                connection.setblocking(False)
                with pytest.raises(BlockingIOError):
                    connection.recv(1)
        finally:
            for connection in waiting:
                connection.close()


def fails(*arguments: str) -> str:
    """What the command says when it fails with 1, as one line."""
    done = subprocess.run(
        [sys.executable, "-m", "miragic_mock", "serve", *arguments],
        capture_output=True, text=True, timeout=30, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stdout) == (1, ""), done.stderr
    assert done.stderr.startswith("miragic-mock: ")
    assert "Traceback" not in done.stderr
    return done.stderr


def test_a_port_in_use_is_said() -> None:
    """A port that somebody listens on is one line on standard error and status 1."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert f"127.0.0.1:{port}" in fails("--port", str(port))


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--spec", "nowhere.yaml"], "nowhere.yaml: expected a readable UTF-8 file: No such file"),
        (["--store", "mysql://x"], "mysql://x"),
        (["--hook", "nowhere:f"], "nowhere:f"),
        (["--transcription", "@nowhere.txt"], "nowhere.txt"),
        (["--sidecar-dir", "nowhere"], "nowhere"),
        (["--scenario", "nowhere.toml"], "nowhere.toml"),
        (["--workers", "2"], "sqlite"),
    ],
)
def test_an_option_that_cannot_be_used_is_said(arguments: list[str], words: str) -> None:
    """A wrong option is found before a socket is opened, and named in one line."""
    assert words in fails("--port", "0", *arguments)


def test_a_killed_mock_leaves_no_worker_behind() -> None:
    """When the process is killed outright its worker ends too, and the port is free."""
    with serving() as (facts, process):
        process.kill()
        process.communicate(timeout=30)
        with pytest.raises(requests.ConnectionError):
            requests.get(facts["url"], timeout=30)


def test_requests_are_told_on_request() -> None:
    """At `info` standard error has a line for each request."""
    with serving("--log-level", "info") as (facts, process):
        assert requests.get(facts["url"] + POLL + "unheard-of", headers=KEY, timeout=30).status_code == 404
        assert process.stderr is not None
        line_of_request = next(line for line in process.stderr if "unheard-of" in line)
        assert f'"GET {POLL}unheard-of HTTP/1.1" 404' in line_of_request


def test_by_default_nothing_is_told() -> None:
    """A mock with which all is well writes its ready line and nothing else."""
    with serving() as (facts, process):
        assert requests.get(facts["url"] + POLL + "unheard-of", headers=KEY, timeout=30).status_code == 404
        process.terminate()
        assert process.communicate(timeout=30) == ("", "")


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--plan", "fault=answer-lost"], "--server threads"),
        (["--server", "threads", "--workers", "2"], "one process"),
        (["--server", "threads", "--log-level", "info"], "leave out --log-level"),
        (["--idle-timeout", "5s"], "of --server threads"),
        (["--handshake-timeout", "5s"], "of --server threads"),
        (["--body-timeout", "5s"], "of --server threads"),
        (["--tls-cert", "cert.pem"], "belong together"),
        (["--tls-cert", "no.pem", "--tls-key", "no.pem"], "cannot use the certificate"),
        (["--server", "threads", "--port", "1", "--host", "192.0.2.1"], "cannot listen"),
    ],
)
def test_options_that_do_not_go_together_are_refused(options: list[str], words: str) -> None:
    """What cannot be served is said before anything is, with the way out."""
    result = CliRunner().invoke(main, ["serve", *options])
    assert result.exit_code == 1
    assert words in result.output

"""`miragic-mock serve --server threads`, and TLS, as processes."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import pytest
import requests
from click.testing import CliRunner
from miragic_mock import connect
from miragic_mock.cli.commands import main

Serving = Callable[..., AbstractContextManager[tuple[str, "subprocess.Popen[str]"]]]


@contextmanager
def serving(*options: str) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    command = [sys.executable, "-m", "miragic_mock", "serve", "--port", "0", "--json", *options]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            line = process.stdout.readline()
            assert line, process.communicate()[1]
            yield json.loads(line)["url"], process
        finally:
            process.terminate()
            process.communicate()


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A self-signed certificate for this machine, and its key."""
    openssl = shutil.which("openssl")
    if openssl is None:
        reason = "openssl is not on PATH: install the distribution's openssl package"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    folder = tmp_path_factory.mktemp("tls")
    made, key = folder / "cert.pem", folder / "key.pem"
    names = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"]
    kind = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"]
    files = ["-keyout", str(key), "-out", str(made)]
    subprocess.run([openssl, "req", "-x509", *kind, *files, *names], check=True, capture_output=True)
    return made, key


def submit(url: str, plan: str, **more: Any) -> requests.Response:
    return requests.post(
        f"{url}/api/v1/speech-to-text/generate",
        files={"file": ("a.mp3", b"sound")},
        data={"audio_format": "mp3"},
        headers={"X-API-Key": "k", "X-Mock-Plan": plan},
        timeout=10,
        **more,
    )


@pytest.mark.parametrize("stop", [signal.SIGTERM, signal.SIGINT])
def test_threads_serve_every_fault(stop: signal.Signals) -> None:
    """A process of its own loses answers as `MockServer` does, and ends with 0 when it is told to."""
    with serving("--server", "threads") as (url, process):
        with pytest.raises(requests.ConnectionError, match="without response"):
            submit(url, "fault=answer-lost")
        with connect(url, api_key="k") as mock:
            assert mock.ledger()["jobs_created"] == 1
        process.send_signal(stop)
        assert process.wait(5) == 0


@pytest.mark.parametrize("server", ["threads", "granian"])
def test_tls_is_spoken(server: str, certificate: tuple[Path, Path]) -> None:
    """With a certificate and its key the mock is at an https address, links and faults included."""
    made, key = certificate
    with serving("--server", server, "--tls-cert", str(made), "--tls-key", str(key)) as (url, _):
        assert url.startswith("https://")
        job = submit(url, "done-after=0s", verify=made).json()["data"]["jobId"]
        poll = f"{url}/api/v1/speech-to-text/jobs/{job}"
        data = requests.get(poll, headers={"X-API-Key": "k"}, verify=made, timeout=10).json()["data"]
        assert data["audioUrl"].startswith(url)
        with pytest.raises(requests.exceptions.ChunkedEncodingError):
            submit(url, "fault=truncate", verify=made)
        with pytest.raises(requests.exceptions.SSLError):
            submit(url, "")


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--plan", "fault=answer-lost"], "--server threads"),
        (["--server", "threads", "--workers", "2"], "one process"),
        (["--server", "threads", "--log-level", "info"], "leave out --log-level"),
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

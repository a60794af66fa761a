"""TLS with a certificate that is given, and with one that the mock makes and says whom to trust for."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import requests
from click.testing import CliRunner
from miragic_mock.cli.commands import main
from miragic_mock.errors import MockError
from miragic_mock.servers.tls import self_signed

from ..processes import serving


@pytest.mark.parametrize("server", ["granian", "threads"])
def test_a_certificate_is_made_on_the_spot(server: str) -> None:
    """A client that trusts the authority of the ready line can use any name of this machine.

    Other clients are not answered, and nothing is left of the certificate when the mock has ended.
    """
    with serving("--server", server, "--tls-self-signed") as (facts, _):
        url, authority = facts["url"], facts["tls_authority"]
        assert url.startswith("https://127.0.0.1:")
        for name in ("127.0.0.1", "localhost"):
            health = f"{url.replace('127.0.0.1', name)}/_mock/health"
            assert requests.get(health, verify=authority, timeout=30).json() == {"status": "ok"}
        with pytest.raises(requests.exceptions.SSLError):
            requests.get(f"{url}/_mock/health", timeout=30)
    assert not Path(authority).parent.exists()


def test_the_key_is_for_nobody_else() -> None:
    """Only the owner may read the folder; a host of one's own is in the certificate, too."""
    with self_signed("mock.example") as made:
        assert made.authority.parent.stat().st_mode & 0o077 == 0
        assert all(Path(file).read_text().startswith("-----BEGIN ") for file in made.files)
    assert not made.authority.exists()


def test_without_its_library_the_remedy_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    """A missing extra is one line that names it."""
    monkeypatch.setitem(sys.modules, "trustme", None)
    with pytest.raises(MockError, match=r"pip install 'miragic-stt-toolkit\[tls\]'"), self_signed("x"):
        pass


def test_one_certificate_is_enough(tmp_path: Path) -> None:
    """Files of one's own and a certificate made on the spot exclude each other."""
    with self_signed("127.0.0.1") as made:
        certificate, key = made.files
        options = ["--tls-self-signed", "--tls-cert", str(certificate), "--tls-key", str(key)]
        done = CliRunner().invoke(main, ["serve", "--port", "0", *options])
    assert (done.exit_code, "leave out --tls-cert" in done.output) == (1, True)


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
        timeout=30,
        **more,
    )


@pytest.mark.parametrize("server", ["threads", "granian"])
def test_tls_is_spoken(server: str, certificate: tuple[Path, Path]) -> None:
    """With a certificate and its key the mock is at an https address, links and faults included."""
    made, key = certificate
    with serving("--server", server, "--tls-cert", str(made), "--tls-key", str(key)) as (facts, _):
        url = facts["url"]
        assert url.startswith("https://")
        job = submit(url, "done-after=0s", verify=made).json()["data"]["jobId"]
        poll = f"{url}/api/v1/speech-to-text/jobs/{job}"
        data = requests.get(poll, headers={"X-API-Key": "k"}, verify=made, timeout=30).json()["data"]
        assert data["audioUrl"].startswith(url)
        with pytest.raises(requests.exceptions.ChunkedEncodingError):
            submit(url, "fault=truncate", verify=made)
        with pytest.raises(requests.exceptions.SSLError):
            submit(url, "")

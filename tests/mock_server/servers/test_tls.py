"""TLS without a certificate of one's own: the mock makes one, and says whom to trust."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
import requests
from click.testing import CliRunner
from miragic_mock.cli.commands import main
from miragic_mock.errors import MockError
from miragic_mock.servers.tls import self_signed


@pytest.mark.parametrize("server", ["granian", "threads"])
def test_a_certificate_is_made_on_the_spot(server: str) -> None:
    """Whoever trusts the authority of the ready line is answered by any name of this machine, and nobody
    else; nothing is left of it when the mock has ended."""
    options = ["--port", "0", "--json", "--server", server, "--tls-self-signed"]
    command = [sys.executable, "-m", "miragic_mock", "serve", *options]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            line = process.stdout.readline()
            assert line, process.communicate()[1]
            facts = json.loads(line)
            url, authority = facts["url"], facts["tls_authority"]
            assert url.startswith("https://127.0.0.1:")
            for name in ("127.0.0.1", "localhost"):
                health = f"{url.replace('127.0.0.1', name)}/_mock/health"
                assert requests.get(health, verify=authority, timeout=10).json() == {"status": "ok"}
            with pytest.raises(requests.exceptions.SSLError):
                requests.get(f"{url}/_mock/health", timeout=10)
        finally:
            process.terminate()
            process.communicate(timeout=10)
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

"""What the tests of the command line share: the service, a recording, and the command itself."""

from __future__ import annotations

import pytest
import responses
from miragic_stt.__main__ import main

from tests.client.cli.service import BASE


@pytest.fixture
def api():
    """The service, for `requests` in this process."""
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        yield mock


@pytest.fixture
def talk(tmp_path, wav):
    path = tmp_path / "talk.wav"
    path.write_bytes(wav)
    return str(path)


@pytest.fixture
def run(monkeypatch, capsys):
    """`run("wait", "job-1")` gives (exit code, stdout, stderr)."""
    monkeypatch.setenv("MIRAGIC_API_KEY", "the-key")
    monkeypatch.setenv("MIRAGIC_BASE_URL", BASE)

    def run(*words):
        try:
            code = main(words)
        except SystemExit as end:
            code = end.code
        captured = capsys.readouterr()
        return int(code or 0), captured.out, captured.err

    return run

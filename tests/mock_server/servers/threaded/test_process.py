"""`miragic-mock serve --server threads` as a process."""

from __future__ import annotations

import signal

import pytest
import requests
from miragic_mock import connect

from ...processes import STOP_WITHIN_S, serving


@pytest.mark.parametrize("stop", [signal.SIGTERM, signal.SIGINT])
def test_threads_serve_every_fault(stop: signal.Signals) -> None:
    """A process of its own loses answers as `MockServer` does, and ends with 0 when it is told to."""
    with serving("--server", "threads") as (facts, process):
        with pytest.raises(requests.ConnectionError, match="without response"):
            requests.post(
                f"{facts['url']}/api/v1/speech-to-text/generate",
                files={"file": ("a.mp3", b"sound")},
                data={"audio_format": "mp3"},
                headers={"X-API-Key": "k", "X-Mock-Plan": "fault=answer-lost"},
                timeout=30,
            )
        with connect(facts["url"], api_key="k") as mock:
            assert mock.ledger()["jobs_created"] == 1
        process.send_signal(stop)
        assert process.wait(STOP_WITHIN_S) == 0

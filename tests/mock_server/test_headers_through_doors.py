"""Headers beyond ASCII, through every door: passed on as they were meant, or refused, never dropped."""

from __future__ import annotations

from typing import Any

import pytest
import requests

POLL = "/api/v1/speech-to-text/jobs/none"


@pytest.mark.parametrize("encoding", ["latin-1", "utf-8"])
def test_a_key_is_visible_ascii(caller: Any, encoding: str) -> None:
    """A client that sends anything else in its key, however encoded, is not let in."""
    headers = {"X-API-Key": "clé".encode(encoding)}
    answer = requests.get(caller.mock.url + POLL, headers=headers, timeout=10)
    assert (answer.status_code, answer.json()["error"]["code"]) == (401, "INVALID_API_KEY")


@pytest.mark.parametrize("written", ["café".encode(), "café".encode("latin-1"), b"caf%C3%A9"])
def test_a_plan_is_brought_or_refused(caller: Any, written: bytes) -> None:
    """A plan's text arrives; where a door would lose it, the answer says how to write it."""
    answer = caller.submit(b"done-after=0s;text=" + written)
    if caller.door.blanks and not written.isascii():
        assert (answer.status_code, "caf%C3%A9" in answer.json()["error"]["message"]) == (400, True)
        assert caller.mock.ledger().jobs_created == 0
    else:
        assert caller.poll(answer.json()["data"]["jobId"]).json()["data"]["transcription"] == "café"


def test_a_tag_takes_any_letters(caller: Any) -> None:
    """A file name is in the body, where every door lets any text through."""
    job_id = caller.submitted(name="x[done-after=0s;text=café].mp3")
    assert caller.poll(job_id).json()["data"]["transcription"] == "café"

"""The journal holds no key, wherever a client writes it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.hostile import is_said, spellings

KEY = "sk_live_Q7xZ2pLm9Tv4Wc8R"


@pytest.mark.parametrize("path", ["/journal", "/journal.har"])
def test_no_spelling_of_a_key_is_kept(api: Any, path: str) -> None:
    """A key in a job id, a query, a file name, a question or a User-Agent is not in what is kept."""
    own = api.as_(KEY)
    for _, text in spellings(KEY):
        own.submit(name=text, fields={"audio_format": "mp3", "question": text})
    job_id = own.submitted()
    own.poll(KEY)
    own.client.get(f"{own.poll_path(job_id)}?a={KEY}", headers=own.headers() | {"User-Agent": f"x {KEY}"})
    kept = own.control("GET", path)
    assert "$MIRAGIC_API_KEY" in json.dumps(kept)
    assert not is_said(KEY, json.dumps(kept), depth=1)

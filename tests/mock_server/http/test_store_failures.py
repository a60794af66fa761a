"""A store that fails while the mock runs: said so, in the contract's shape, and never a crash."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from miragic_mock.stores import open_store


@pytest.mark.parametrize("lost", ["tenants", "jobs", "counters", "exchanges"])
def test_a_call_that_the_store_fails_answers_503(
    make_api: Callable[..., Any], tmp_path: Path, lost: str
) -> None:
    """Whichever part fails, the answer says why and when to ask again, and has an id like any other."""
    file = tmp_path / "mock.db"
    api = make_api(store=open_store(f"sqlite:///{file.as_posix()}"))
    job_id = api.submitted()
    with closing(sqlite3.connect(file)) as other:
        other.execute(f"DROP TABLE {lost}")
    answer = api.submit() if lost == "counters" else api.poll(job_id)
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "1")
    assert f"no such table: {lost}" in answer.get_json()["error"]["message"]
    assert answer.headers["X-Request-Id"]
    assert api.client.get("/_mock/health").status_code == 200
    assert [n for (_, status), n in api.engine.tally.answers().items() if status == 503] == [1]


def test_a_store_that_is_gone_is_not_ready(make_api: Callable[..., Any], tmp_path: Path) -> None:
    """Readiness and every other control call say that the store does not answer."""
    store = open_store(f"sqlite:///{(tmp_path / 'mock.db').as_posix()}")
    api = make_api(store=store)
    store.close()
    for path in ("ready", "jobs", ""):
        answer = api.client.get(f"/_mock/{path}")
        assert answer.status_code == 503
        assert "closed database" in answer.get_json()["error"]["message"]

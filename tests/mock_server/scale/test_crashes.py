"""A server on SQLite that is killed under load: whatever it acknowledged is there when it comes back."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from queue import SimpleQueue
from typing import Any

import pytest
import requests
from miragic_mock.domain.tenants import tenant_id
from miragic_mock.stores import open_store

KILLS = 20
CLIENTS = 4
KEY = "survivor"
SUBMIT, POLL = "/api/v1/speech-to-text/generate", "/api/v1/speech-to-text/jobs/"


def submit_until_it_dies(url: str, acknowledged: SimpleQueue[str], polled: SimpleQueue[str]) -> None:
    """Submit and poll as fast as possible.

    A job is noted only after its 201 has arrived, and a poll by the name that its answer had.
    """
    with requests.Session() as session:
        session.headers["X-API-Key"] = KEY
        try:
            while True:
                answer = session.post(
                    url + SUBMIT, files={"file": ("a.mp3", b"x")}, data={"audio_format": "mp3"}, timeout=30
                )
                assert answer.status_code == 201, answer.text
                job_id = answer.json()["data"]["jobId"]
                acknowledged.put(job_id)
                for _ in range(2):  # the first poll looks, the second recalls
                    shown = session.get(url + POLL + job_id, timeout=30)
                    polled.put(shown.headers["X-Request-Id"])
        except (requests.ConnectionError, requests.exceptions.ChunkedEncodingError):
            return


@contextmanager
def load_until_the_kill(served: Any, polled: SimpleQueue[str]) -> Iterator[SimpleQueue[str]]:
    """Let clients submit and poll until the end of the block, where the server is killed.

    Yields the jobs that were acknowledged; polls go to `polled`.
    """
    acknowledged: SimpleQueue[str] = SimpleQueue()
    clients = [
        threading.Thread(target=submit_until_it_dies, args=(served.url, acknowledged, polled))
        for _ in range(CLIENTS)
    ]
    for client in clients:
        client.start()
    try:
        yield acknowledged
    finally:
        served.kill()
        for client in clients:
            client.join()


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="this system has no kill -9")
def test_every_acknowledged_job_survives_twenty_kills(serve: Callable[..., Any], tmp_path: Path) -> None:
    """The server and its workers are killed twenty times while clients submit.

    Each time, the server that comes back shows every job that was acknowledged before. In the end the books
    fit the jobs, and every poll that was answered is counted.
    """
    url = f"sqlite:///{(tmp_path / 'mock.db').as_posix()}"
    options = ("--store", url, "--workers", "2", "--plan", "done=never")
    all_acknowledged: list[str] = []
    polled: SimpleQueue[str] = SimpleQueue()
    before: list[str] = []
    for kill in range(KILLS):
        with serve(*options) as served:
            for job_id in before:
                answer = requests.get(served.url + POLL + job_id, headers={"X-API-Key": KEY}, timeout=30)
                assert answer.status_code == 200, f"after kill {kill}: {answer.text}"
            with load_until_the_kill(served, polled) as acknowledged:
                before = [acknowledged.get(timeout=30) for _ in range(5 + kill)]
            while not acknowledged.empty():
                before.append(acknowledged.get())
        all_acknowledged += before
    store = open_store(url)
    try:
        kept = {job.id for job in store.jobs(tenant_id(KEY))}
        totals = store.totals(tenant_id(KEY))
        while not polled.empty():
            job_id, _, number = polled.get().rpartition("-")
            assert store.polls(tenant_id(KEY), job_id) >= int(number) > 0
    finally:
        store.close()
    assert len(set(all_acknowledged)) == len(all_acknowledged)
    assert set(all_acknowledged) <= kept
    # What was in flight at a kill may be there without having been acknowledged.
    assert len(kept) <= len(all_acknowledged) + KILLS * CLIENTS
    assert (totals.jobs, totals.charged) == (len(kept), 2 * len(kept))

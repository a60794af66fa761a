"""Fill a mock with jobs, and measure their memory and the speed of polls.

    python -m bench.programs.hoard MANY FEW ROUNDS same|own

`own` gives each job a recording of its own, `same` gives all jobs the same one. Prints a line of JSON.
"""

from __future__ import annotations

import gc
import io
import json
import sys
import time
from pathlib import Path
from random import Random
from typing import Final

from miragic_mock.engine.engine import Engine
from miragic_mock.exchange.messages import Request
from miragic_mock.stores import Bounds, open_store
from miragic_mock.wsgi.flask_app import create_app

from ..documents import CONTENT_TYPE, Documents, documents, form
from ..servers import KEY, BenchError

_POLLS: Final = 20_000


def main(many: int, few: int, rounds: int, recordings: str) -> dict[str, object]:
    """Measure the bytes of each job beyond the first `few`, and polls per second among few and among all."""
    store = open_store(bounds=Bounds(jobs=2 * many, job_ttl_s=1e9))
    engine: Engine = create_app(store=store).extensions["miragic_mock"]
    wanted = documents(engine.spec)
    ids = [_submitted(engine, wanted, n if recordings == "own" else 0) for n in range(few)]
    before = _resident_bytes()
    ids += [_submitted(engine, wanted, n if recordings == "own" else 0) for n in range(few, many)]
    keeping_ids = sum(map(sys.getsizeof, ids[few:])) + sys.getsizeof(ids)
    bytes_each = (_resident_bytes() - before - keeping_ids) / (many - few)
    random = Random(0)
    polls: tuple[list[float], list[float]] = ([], [])
    for _ in range(rounds):
        for rates, among in zip(polls, (ids[:few], ids), strict=True):
            rates.append(_polls_per_s(engine, wanted, random.choices(among, k=_POLLS)))
    return {"bytes_each": bytes_each, "polls_among_few": polls[0], "polls_among_all": polls[1]}


def _submitted(engine: Engine, wanted: Documents, n: int) -> str:
    body = form(b"%d" % n)
    headers = _Headers({"x-api-key": KEY, "content-type": CONTENT_TYPE, "x-mock-plan": "done-after=1h"})
    answer = engine.handle(Request("POST", wanted.submit, headers, io.BytesIO(body), len(body)))
    if answer.status != 201 or not isinstance(answer.body, bytes):
        raise BenchError(f"a submission was refused: {answer}")
    # The id is a copy of the one that the store keeps; `main` subtracts the memory of these copies.
    return str(json.loads(answer.body)["data"]["jobId"])


def _polls_per_s(engine: Engine, wanted: Documents, ids: list[str]) -> float:
    headers = _Headers({"x-api-key": KEY})
    requests = [Request("GET", wanted.path(job_id), headers, io.BytesIO()) for job_id in ids]
    started = time.perf_counter()
    for request in requests:
        engine.handle(request)
    return len(ids) / (time.perf_counter() - started)


class _Headers(dict[str, str]):
    """Headers, kept under their names in lower case."""

    def get(self, name: str, default: object = None, /) -> str | None:  # type: ignore[override]  # of two, one is used
        return super().get(name.lower())


def _resident_bytes() -> int:
    gc.collect()
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) * 1024
    raise OSError("this system does not tell what is resident")


if __name__ == "__main__":
    wanted_many, wanted_few, wanted_rounds, of = sys.argv[1:]
    print(json.dumps(main(int(wanted_many), int(wanted_few), int(wanted_rounds), of)))

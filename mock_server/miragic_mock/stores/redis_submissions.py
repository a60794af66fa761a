"""Submissions in Redis: each is one script, and one whose answer was lost is taken back.

Rule: a submission that was refused is not kept. Where the connection fails after it was sent, nobody knows
whether it was, so it is voided: at once, or, while Redis does not answer, before anything else is asked of
it.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Final

from ..domain.jobs.job import Job
from ..errors import (
    AnswerLostError,
    JobExistsError,
    OutdatedError,
    OutOfCreditsError,
    StoreError,
    UnknownTenantError,
)
from ..records.journal import Exchange
from . import codec, redis_submit_scripts
from .protocol import Bounds, Count, Kept, Recording
from .redis_server import RedisServer

_MOST_DOUBTFUL: Final = 10_000

_Values = tuple[str | bytes | int, ...]


class RedisSubmissions:
    """What submits to `server`, within `bounds`."""

    def __init__(self, server: RedisServer, bounds: Bounds) -> None:
        self._server = server
        self._bounds = bounds
        self._doubtful: deque[_Values] = deque(maxlen=_MOST_DOUBTFUL)
        server.before_each = self._take_back

    def submit(
        self,
        job: Job,
        exchange: Exchange,
        allowance: int | None,
        counts: Sequence[Count],
        recording: Recording | None,
    ) -> Kept:
        """Keep a submission, as `Store.submit` says."""
        cost, token, exchange_text = job.plan.credits, os.urandom(8).hex(), codec.exchange_to_text(exchange)
        counters = tuple(count_texts(counts))
        bounds, limit = self._bounds, "" if allowance is None else str(allowance)
        sha256, content = self._content(recording)
        values: _Values = (
            *(job.tenant, job.id, codec.job_to_text(job), cost, limit),
            *(number_text(job.due_at), number_text(job.received_at), token, exchange_text),
            sha256,
            content,
            *(bounds.jobs, bounds.journal, bounds.counters, bounds.blobs_bytes),
            *counters,
        )
        try:
            number, second = self._server.run(redis_submit_scripts.SUBMIT, *values)
        except AnswerLostError:
            self._doubtful.append((job.tenant, job.id, cost, token, exchange_text, *counters))
            with suppress(StoreError):
                self._take_back()
            raise
        if number == redis_submit_scripts.JOB_EXISTS:
            raise JobExistsError(job.id)
        if number == redis_submit_scripts.OUT_OF_CREDITS:
            raise OutOfCreditsError(needed=cost, left=max((allowance or 0) - second, 0))
        if number == redis_submit_scripts.NO_TENANT:
            raise UnknownTenantError(job.tenant)
        if number == redis_submit_scripts.OUTDATED:
            raise OutdatedError(job.tenant)
        return Kept(replace(job, number=number), exchange._replace(number=second))

    def _content(self, recording: Recording | None) -> tuple[str, bytes]:
        most_bytes = min(self._bounds.blob_bytes, self._bounds.blobs_bytes)
        if recording is None or recording.size_bytes > most_bytes:
            return "", b""
        return recording.sha256, recording.content.read()

    def _take_back(self) -> None:
        """Void every submission of which it is not known whether it was kept."""
        while self._doubtful:
            values = self._doubtful[0]
            self._server.ask(redis_submit_scripts.TAKE_BACK, *values)
            # Another thread may have done the same meanwhile, which does no harm.
            with suppress(ValueError):
                self._doubtful.remove(values)


def count_texts(counts: Sequence[Count]) -> Iterator[str]:
    """Yield name, value before and value after of each counter, as the scripts take them."""
    for name, before, after in counts:
        yield from (name, "" if before is None else _whole(before), _whole(after))


def number_text(value: float | None) -> str:
    """Return a number as the scripts take it, "" for none."""
    return "" if value is None else repr(float(value))


def _whole(value: float) -> str:
    # Without a fraction where there is none: Redis adds one to whole numbers only.
    return str(int(value)) if value == int(value) else repr(float(value))

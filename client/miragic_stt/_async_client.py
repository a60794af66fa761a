"""The asynchronous client: the conversations of this package, run on `httpx` (extra [async])."""

from __future__ import annotations

import asyncio
import os
import random as chance
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import aclosing, nullcontext
from functools import partial
from typing import TYPE_CHECKING, Self

from ._api import DEFAULT_QUESTION
from ._async_driver import AsyncDriver
from ._call import Call
from ._conversations import checked_job_id, look, observe, submit, transcribe, wait
from ._driver import make_upload
from ._errors import MiragicError, UsageError
from ._job import Job, Transcript
from ._progress import JobObserved, OnProgress
from ._settings.policy import DEFAULT_TIMEOUT_S, Polling, RequestTimeouts, Retries
from ._settings.settings import DEFAULT, Default, find_key, make_settings
from ._uploads.audio import AudioSource
from .batch.journal import Journal
from .batch.outcome import OnBatchProgress, OnOutcome, Outcome
from .batch.recordings import (
    Recording,
    check_concurrency,
    recordings,
    settled,
    telling_jobs,
    transcribe_recording,
)

if TYPE_CHECKING:
    from ._transports.httpx import HttpClient


class AsyncClient:
    """`Client` for asyncio: the same calls, arguments, errors and promises, awaited.

    Use it within one event loop, as an asynchronous context manager, or await `close`. To stop a call, cancel
    its task; the `JobAccepted` event tells the job id in time, and the cancellation carries it as a note.

    >>> async def main():
    ...     async with AsyncClient() as client:
    ...         print(await client.transcribe("hello.wav"))
    >>> asyncio.run(main())
    Hello from the mock.

    Args:
        http_client: an httpx client to use instead of our own; it is not closed.
        clock, sleep, random: monotonic seconds, an awaitable way to let them pass, numbers from [0, 1).

    Raises:
        ApiKeyError: there is no usable key.
        UsageError: the base URL or a number makes no sense, or httpx is not installed.
    """

    def __init__(
        self,
        api_key: str | None = None,
        base_url: str | None = None,
        *,
        timeout_s: float | None = DEFAULT_TIMEOUT_S,
        polling: Polling | None = None,
        retries: Retries | None = None,
        request_timeouts: RequestTimeouts | None = None,
        http_client: HttpClient | None = None,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        random: Callable[[], float] = chance.random,
    ) -> None:
        key = find_key(api_key)
        # From here on things may fail, and a traceback that shows local variables must not show the key.
        del api_key
        self._settings = make_settings(
            key,
            base_url,
            timeout_s=timeout_s,
            polling=polling,
            retries=retries,
            request_timeouts=request_timeouts,
            random=random,
        )
        try:
            from ._transports.httpx import AsyncTransport
        except ImportError as error:
            raise UsageError("AsyncClient needs httpx: install miragic-stt-toolkit[async]") from error
        self._driver = AsyncDriver(AsyncTransport(key, http_client, clock=clock), clock=clock, sleep=sleep)

    async def submit(
        self,
        audio: AudioSource,
        *,
        audio_format: str | None = None,
        question: str = DEFAULT_QUESTION,
        timeout_s: float | Default | None = DEFAULT,
        on_progress: OnProgress | None = None,
    ) -> Job:
        """As `Client.submit`."""
        call = self._begin(timeout_s)
        upload = make_upload(audio, audio_format, question, on_progress)
        return await self._driver.run(call, submit(call, upload), on_progress)

    async def get(self, job_id: str, *, timeout_s: float | Default | None = DEFAULT) -> Job:
        """As `Client.get`."""
        call = self._begin(timeout_s)
        return await self._driver.run(call, look(call, checked_job_id(job_id)))

    async def iter_status(
        self, job_id: str, *, timeout_s: float | Default | None = DEFAULT
    ) -> AsyncIterator[Job]:
        """As `Client.iter_status`; close the iterator (`contextlib.aclosing`) if you leave it early."""
        call = self._begin(timeout_s)
        async with aclosing(self._driver.events(call, observe(call, checked_job_id(job_id)))) as events:
            async for event in events:
                if isinstance(event, JobObserved):
                    yield event.job

    async def wait(
        self,
        job_id: str,
        *,
        timeout_s: float | Default | None = DEFAULT,
        on_progress: OnProgress | None = None,
    ) -> Transcript:
        """As `Client.wait`."""
        call = self._begin(timeout_s)
        return await self._driver.run(call, wait(call, checked_job_id(job_id)), on_progress)

    async def transcribe(
        self,
        audio: AudioSource,
        *,
        audio_format: str | None = None,
        question: str = DEFAULT_QUESTION,
        timeout_s: float | Default | None = DEFAULT,
        on_progress: OnProgress | None = None,
    ) -> Transcript:
        """As `Client.transcribe`."""
        call = self._begin(timeout_s)
        upload = make_upload(audio, audio_format, question, on_progress)
        return await self._driver.run(call, transcribe(call, upload), on_progress)

    async def transcribe_many(
        self,
        sources: Sequence[AudioSource],
        *,
        audio_format: str | None = None,
        question: str = DEFAULT_QUESTION,
        timeout_s: float | Default | None = DEFAULT,
        concurrency: int = 4,
        journal: str | os.PathLike[str] | None = None,
        on_progress: OnBatchProgress | None = None,
        on_outcome: OnOutcome | None = None,
    ) -> list[Outcome]:
        """As `Client.transcribe_many`; the callbacks are called in the event loop."""
        places = asyncio.Semaphore(check_concurrency(concurrency))
        calls: list[Call] = []

        async def settle(item: Recording) -> Outcome:
            show = None if on_progress is None else partial(on_progress, item.position)
            upload = make_upload(item.source, audio_format, question, show)
            async with places:
                call = self._begin(timeout_s)
                calls.append(call)
                try:
                    text = await self._driver.run(call, transcribe_recording(call, item, upload, book), show)
                    outcome = Outcome(name=item.name, transcript=text)
                except MiragicError as error:
                    outcome = Outcome(name=item.name, error=error)
            if on_outcome:
                on_outcome(item.position, outcome)
            return outcome

        with telling_jobs(calls), nullcontext() if journal is None else Journal(journal) as book:
            items = await asyncio.to_thread(
                recordings,
                sources,
                journal=book,
                audio_format=audio_format,
                question=question,
                base_url=self._settings.base_url,
            )
            firsts = [item for item in items if item.twin_of is None]
            async with asyncio.TaskGroup() as group:
                tasks = {item.position: group.create_task(settle(item)) for item in firsts}
        return settled(items, {position: task.result() for position, task in tasks.items()})

    async def close(self) -> None:
        """Close the connections; those of an httpx client that was passed in stay open."""
        await self._driver.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    @property
    def base_url(self) -> str:
        """The address this client talks to, without a slash at its end."""
        return self._settings.base_url

    def _begin(self, timeout_s: float | Default | None) -> Call:
        now = self._driver.clock()
        return Call(self._settings, now=now, deadline=self._settings.deadline(now, timeout_s))

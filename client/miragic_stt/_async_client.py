"""The asynchronous client for one job at a time: conversations, run on `httpx` (extra [async])."""

from __future__ import annotations

import asyncio
import random as chance
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import aclosing
from typing import TYPE_CHECKING, Self, Unpack

from ._async_driver import AsyncDriver
from ._call import Call
from ._conversations import checked_job_id, look, observe, submit, transcribe, wait
from ._driver import make_upload
from ._errors import UsageError
from ._job import Job, Transcript
from ._progress import JobObserved, OnProgress
from ._settings.policy import DEFAULT_TIMEOUT_S, Polling, RequestTimeouts, Retries
from ._settings.settings import DEFAULT, Default, find_key, make_settings
from ._submission import Submission, SubmissionOptions
from ._uploads.audio import AudioSource

if TYPE_CHECKING:
    from ._transports.httpx import HttpClient


class AsyncJobClient:
    """A client for one job at a time, for asyncio: `miragic_stt.AsyncClient` without batches."""

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
        """Check what was passed in; nothing is sent yet.

        Args:
            api_key: The key; None reads the environment variable MIRAGIC_API_KEY.
            base_url: Where the service is; None reads MIRAGIC_BASE_URL, and without that takes the service's
                own address.
            timeout_s: Seconds that a whole call may take; None for no limit. Each call may say otherwise.
            polling: How often to look at a job; None for the defaults.
            retries: What to repeat after a failure that may pass; None for the defaults.
            request_timeouts: How long one request may stall; None for the defaults.
            http_client: An httpx client to use instead of our own; it is not closed.
            clock: Gives monotonic seconds.
            sleep: Lets that many seconds pass, when awaited.
            random: Gives numbers from [0, 1).

        Raises:
            ApiKeyError: There is no usable key.
            UsageError: The base URL or a number makes no sense, or httpx is not installed.
        """
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
            # Late: importing the package must neither need httpx nor take the time to load it.
            from ._transports.httpx import AsyncTransport
        except ImportError as error:
            raise UsageError("AsyncClient needs httpx: install miragic-stt-toolkit[async]") from error
        self._driver = AsyncDriver(AsyncTransport(key, http_client, clock=clock), clock=clock, sleep=sleep)

    async def submit(
        self,
        audio: AudioSource,
        *,
        timeout_s: float | Default | None = DEFAULT,
        on_progress: OnProgress | None = None,
        **options: Unpack[SubmissionOptions],
    ) -> Job:
        """As `Client.submit`."""
        call = self._begin(timeout_s)
        upload = make_upload(audio, Submission(options), on_progress)
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
        timeout_s: float | Default | None = DEFAULT,
        on_progress: OnProgress | None = None,
        **options: Unpack[SubmissionOptions],
    ) -> Transcript:
        """As `Client.transcribe`."""
        call = self._begin(timeout_s)
        upload = make_upload(audio, Submission(options), on_progress)
        return await self._driver.run(call, transcribe(call, upload), on_progress)

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

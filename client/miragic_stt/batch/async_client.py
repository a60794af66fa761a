"""The asynchronous client as it is exported: one job at a time, or many recordings in tasks."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Sequence
from functools import partial
from typing import Unpack

from .._async_client import AsyncJobClient
from .._call import Call
from .._driver import make_upload
from .._errors import MiragicError
from .._settings.settings import DEFAULT, Default
from .._submission import Submission, SubmissionOptions
from .._uploads.audio import AudioSource
from .outcome import OnBatchProgress, OnOutcome, Outcome
from .recordings import (
    Recording,
    check_concurrency,
    naming_jobs,
    open_journal,
    recordings,
    settled,
    transcribe_recording,
)


class AsyncClient(AsyncJobClient):
    """`Client` for asyncio: the same calls, arguments, errors and promises, awaited.

    Use it within one event loop, as an asynchronous context manager, or await `close`. To stop a call, cancel
    its task; the `JobAccepted` event tells the job id in time, and the cancellation carries it as a note.

    >>> async def main():
    ...     async with AsyncClient() as client:
    ...         print(await client.transcribe("hello.wav"))
    >>> asyncio.run(main())
    Hello from the mock.
    """

    async def transcribe_many(
        self,
        sources: Sequence[AudioSource],
        *,
        timeout_s: float | Default | None = DEFAULT,
        concurrency: int = 4,
        journal: str | os.PathLike[str] | None = None,
        on_progress: OnBatchProgress | None = None,
        on_outcome: OnOutcome | None = None,
        **options: Unpack[SubmissionOptions],
    ) -> list[Outcome]:
        """As `Client.transcribe_many`; the callbacks are called in the event loop."""
        places = asyncio.Semaphore(check_concurrency(concurrency))
        submission = Submission(options)
        calls: list[Call] = []

        async def settle(item: Recording) -> Outcome:
            show = None if on_progress is None else partial(on_progress, item.position)
            upload = make_upload(item.source, submission, show)
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

        with naming_jobs(calls), open_journal(journal) as book:
            # With a journal each file is read for its digest, which would hold up the event loop.
            items = await asyncio.to_thread(
                recordings,
                sources,
                submission,
                base_url=self._settings.base_url,
                with_keys=book is not None,
            )
            firsts = [item for item in items if item.twin_of is None]
            async with asyncio.TaskGroup() as group:
                tasks = {item.position: group.create_task(settle(item)) for item in firsts}
        return settled(items, {position: task.result() for position, task in tasks.items()})

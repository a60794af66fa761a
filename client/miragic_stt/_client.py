"""The synchronous client: the conversations of this package, run on `requests`."""

from __future__ import annotations

import os
import random as chance
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import nullcontext
from functools import partial
from typing import Self

import requests

from ._api import DEFAULT_QUESTION
from ._call import Call
from ._conversations import checked_job_id, look, observe, submit, transcribe, wait
from ._driver import Driver, StopSignal, make_upload
from ._job import Job, Transcript
from ._progress import JobObserved, OnProgress
from ._settings.policy import DEFAULT_TIMEOUT_S, Polling, RequestTimeouts, Retries
from ._settings.settings import DEFAULT, Default, find_key, make_settings
from ._transports.requests import Transport
from ._uploads.audio import AudioSource
from .batch.journal import Journal
from .batch.outcome import OnBatchProgress, OnOutcome, Outcome
from .batch.recordings import (
    Recording,
    check_concurrency,
    recordings,
    telling_jobs,
    transcribe_recording,
)
from .batch.threads import run_in_threads


class Client:
    """A client of the Miragic speech-to-text service that never hangs, loses no job and pays once.

    Every call has one deadline, which covers upload, retries and waiting; only the look-up of a host's name
    is the operating system's, with limits of its own. Any number of threads may use one client at once: it
    keeps no state but its connection pool. Use it as a context manager, or call `close`.

    >>> with Client() as client:
    ...     print(client.transcribe("hello.wav"))
    Hello from the mock.

    Args:
        api_key: None reads the environment variable MIRAGIC_API_KEY.
        base_url: None reads MIRAGIC_BASE_URL, and without that takes the service's own address.
        timeout_s: seconds that a whole call may take; None for no limit. Each call may say otherwise.
        polling, retries, request_timeouts: None for the defaults.
        session: a session to use instead of our own; it is not closed. Its adapters should repeat nothing;
            with another than `DeadlineAdapter`, a server that drips its headers can exceed the deadline.
            Our own takes proxies and certificates from the environment, but no credentials from a `.netrc`.
        clock, sleep, random: monotonic seconds, a way to let them pass, numbers from [0, 1).

    Raises:
        ApiKeyError: there is no usable key.
        UsageError: the base URL or a number makes no sense.
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
        session: requests.Session | None = None,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
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
        self._driver = Driver(Transport(key, session, clock=clock), clock=clock, sleep=sleep)

    def submit(
        self,
        audio: AudioSource,
        *,
        audio_format: str | None = None,
        question: str = DEFAULT_QUESTION,
        timeout_s: float | Default | None = DEFAULT,
        on_progress: OnProgress | None = None,
        stop: StopSignal | None = None,
    ) -> Job:
        """The job that the upload made, usually PENDING. It is charged from here on; the text is not awaited.

        Arguments and errors are those of `transcribe`, but for the errors of waiting.
        """
        call = self._begin(timeout_s)
        upload = make_upload(audio, audio_format, question, on_progress, stop)
        return self._driver.run(call, submit(call, upload), on_progress, stop)

    def get(self, job_id: str, *, timeout_s: float | Default | None = DEFAULT) -> Job:
        """The job as it is now, whatever its status: a FAILED one is returned, not raised.

        Raises:
            NotFoundError: there is no such job for this key.
            MiragicError: it could not be read.
        """
        call = self._begin(timeout_s)
        return self._driver.run(call, look(call, checked_job_id(job_id)), None, None)

    def iter_status(
        self, job_id: str, *, timeout_s: float | Default | None = DEFAULT, stop: StopSignal | None = None
    ) -> Iterator[Job]:
        """The job after each look at it, until it is finished; pauses in between grow. FAILED is not raised.

        Raises:
            WaitTimeoutError: it was not finished in time.
            MiragicError: it could not be read.
        """
        call = self._begin(timeout_s)
        for event in self._driver.events(call, observe(call, checked_job_id(job_id)), stop):
            if isinstance(event, JobObserved):
                yield event.job

    def wait(
        self,
        job_id: str,
        *,
        timeout_s: float | Default | None = DEFAULT,
        on_progress: OnProgress | None = None,
        stop: StopSignal | None = None,
    ) -> Transcript:
        """The text of a job submitted before, here or in another process. Waiting costs nothing.

        Args:
            timeout_s: seconds until giving up; None for never. Leave it out for the client's own.
            on_progress: called in this thread with each event.
            stop: set it, from another thread, to end the wait; the job goes on.

        Raises:
            JobFailedError: the job ended FAILED; `.job` is its last document.
            WaitTimeoutError: it was not finished in time; `.resume_command` goes on.
            WaitCancelledError: `stop` was set.
            Interrupted: Ctrl-C; `.job_ids` holds the id.
            APIConnectionError, APIStatusError, MalformedResponseError: it could not be read.
        """
        call = self._begin(timeout_s)
        return self._driver.run(call, wait(call, checked_job_id(job_id)), on_progress, stop)

    def transcribe(
        self,
        audio: AudioSource,
        *,
        audio_format: str | None = None,
        question: str = DEFAULT_QUESTION,
        timeout_s: float | Default | None = DEFAULT,
        on_progress: OnProgress | None = None,
        stop: StopSignal | None = None,
    ) -> Transcript:
        """The text of the audio: submits it once, then waits for the job.

        Args:
            audio: a path, bytes, a binary stream, or a tuple (name, any of these[, content type]).
            audio_format: `mp3` or `wav`; None takes it from the first bytes.
            question: what to ask of the audio.
            timeout_s: seconds for all of it, upload included; None for no limit. Leave it out for the
                client's own.
            on_progress: called in this thread with each event: the upload, then the wait.
            stop: set it, from another thread, to end the wait; the job goes on.

        Raises:
            AudioError: nothing was sent: the audio cannot be read, or is not what it should be.
            SubmissionUnknownError: the upload was sent, its answer was lost; not repeated, it may be charged.
            JobFailedError: the job ended FAILED; `.job` is its last document.
            WaitTimeoutError: it was not finished in time; with a `.job_id`, `.resume_command` goes on.
            WaitCancelledError: `stop` was set.
            Interrupted: Ctrl-C; `.job_ids` and `.submission_unknown` say what exists.
            APIConnectionError, APIStatusError, MalformedResponseError: the server is away, or refused.
        """
        call = self._begin(timeout_s)
        upload = make_upload(audio, audio_format, question, on_progress, stop)
        return self._driver.run(call, transcribe(call, upload), on_progress, stop)

    def transcribe_many(
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
        stop: StopSignal | None = None,
    ) -> list[Outcome]:
        """The outcome of each recording, in order: a transcript, or the error that `transcribe` would raise.

        Args:
            timeout_s: seconds for each recording, from the moment its turn comes.
            concurrency: how many are under way at once; 1 or more.
            journal: a file that remembers what was submitted. A later run with the same file waits for the
                jobs of recordings with the same content, format, question and server, instead of paying
                again; equal recordings within one run are submitted once. One process at a time may use it.
            on_progress: called with the position of the recording and the event, in several threads at once.
            on_outcome: called with the position and the outcome as soon as there is one, likewise.
            stop: set it to end all waits; recordings not yet begun are not submitted.

        Raises:
            UsageError: concurrency is below 1, or `sources` is one recording instead of a list.
            JournalError: the journal cannot be opened.
            Interrupted: Ctrl-C; `.job_ids` holds the ids of all jobs of this run. It comes once the requests
                under way have ended, which another Ctrl-C does not hasten.
        """
        check_concurrency(concurrency)
        calls: list[Call] = []

        def work(item: Recording, stop: StopSignal | None) -> Transcript:
            show = None if on_progress is None else partial(on_progress, item.position)
            upload = make_upload(item.source, audio_format, question, show, stop)
            call = self._begin(timeout_s)
            calls.append(call)
            return self._driver.run(call, transcribe_recording(call, item, upload, book), show, stop)

        with telling_jobs(calls), nullcontext() if journal is None else Journal(journal) as book:
            items = recordings(
                sources,
                journal=book,
                audio_format=audio_format,
                question=question,
                base_url=self._settings.base_url,
            )
            return run_in_threads(
                items,
                work,
                concurrency=concurrency,
                sleep=self._driver.sleep,
                stop=stop,
                on_outcome=on_outcome,
                resume_command=self._settings.resume_command,
            )

    def close(self) -> None:
        """Close the connections; those of a session that was passed in stay open."""
        self._driver.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def base_url(self) -> str:
        """The address this client talks to, without a slash at its end."""
        return self._settings.base_url

    def _begin(self, timeout_s: float | Default | None) -> Call:
        now = self._driver.clock()
        return Call(self._settings, now=now, deadline=self._settings.deadline(now, timeout_s))

"""The synchronous client for one job at a time: conversations, run on `requests`."""

from __future__ import annotations

import random as chance
import time
from collections.abc import Callable, Iterator
from typing import Self, Unpack

import requests

from ._call import Call
from ._conversations import checked_job_id, look, observe, submit, transcribe, wait
from ._driver import Driver, StopSignal, make_upload
from ._job import Job, Transcript
from ._progress import JobObserved, OnProgress
from ._settings.policy import DEFAULT_TIMEOUT_S, Polling, RequestTimeouts, Retries
from ._settings.settings import DEFAULT, Default, find_key, make_settings
from ._submission import Submission, SubmissionOptions
from ._transports.requests import Transport
from ._uploads.audio import AudioSource


class JobClient:
    """A client for one job at a time: submit it, look at it, wait for its text.

    This is `miragic_stt.Client` without batches, and what that promises is promised here.
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
        """Check what was passed in; nothing is sent yet.

        Args:
            api_key: The key; None reads the environment variable MIRAGIC_API_KEY.
            base_url: Where the service is; None reads MIRAGIC_BASE_URL, and without that takes the service's
                own address.
            timeout_s: Seconds that a whole call may take; None for no limit. Each call may say otherwise.
            polling: How often to look at a job; None for the defaults.
            retries: What to repeat after a failure that may pass; None for the defaults.
            request_timeouts: How long one request may stall; None for the defaults.
            session: A session to use instead of our own; it is not closed. Its adapters should repeat
                nothing; with another than `DeadlineAdapter`, a server that drips its headers can exceed the
                deadline. Our own takes proxies and certificates from the environment, but no credentials
                from a `.netrc`.
            clock: Gives monotonic seconds.
            sleep: Lets that many seconds pass.
            random: Gives numbers from [0, 1).

        Raises:
            ApiKeyError: There is no usable key.
            UsageError: The base URL or a number makes no sense.
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
        self._driver = Driver(Transport(key, session, clock=clock), clock=clock, sleep=sleep)

    def submit(
        self,
        audio: AudioSource,
        *,
        timeout_s: float | Default | None = DEFAULT,
        on_progress: OnProgress | None = None,
        stop: StopSignal | None = None,
        **options: Unpack[SubmissionOptions],
    ) -> Job:
        """Upload the audio and return the job, usually PENDING. It is charged now; its text is not awaited.

        Arguments and errors are those of `transcribe`, but for the errors of waiting.
        """
        call = self._begin(timeout_s)
        upload = make_upload(audio, Submission(options), on_progress, stop)
        return self._driver.run(call, submit(call, upload), on_progress, stop)

    def get(self, job_id: str, *, timeout_s: float | Default | None = DEFAULT) -> Job:
        """Return the job as it is now, whatever its status: a FAILED one is returned, not raised.

        Raises:
            NotFoundError: There is no such job for this key.
            MiragicError: The job could not be read.
        """
        call = self._begin(timeout_s)
        return self._driver.run(call, look(call, checked_job_id(job_id)), None, None)

    def iter_status(
        self, job_id: str, *, timeout_s: float | Default | None = DEFAULT, stop: StopSignal | None = None
    ) -> Iterator[Job]:
        """Yield the job after each look at it, until it is finished; pauses grow. FAILED is not raised.

        Raises:
            WaitTimeoutError: The job was not finished in time.
            MiragicError: The job could not be read.
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
        """Return the text of a job submitted before, here or in another process. Waiting costs nothing.

        Args:
            job_id: The job.
            timeout_s: Seconds until giving up; None for never. Leave it out for the client's own.
            on_progress: Called in this thread with each event.
            stop: Set it, from another thread, to end the wait; the job goes on.

        Raises:
            JobFailedError: The job ended FAILED; `.job` is its last document.
            WaitTimeoutError: The job was not finished in time; `.resume_command` goes on.
            WaitCancelledError: `stop` was set.
            Interrupted: Ctrl-C; `.job_ids` holds the id.
            APIConnectionError, APIStatusError, MalformedResponseError: The job could not be read.
        """
        call = self._begin(timeout_s)
        return self._driver.run(call, wait(call, checked_job_id(job_id)), on_progress, stop)

    def transcribe(
        self,
        audio: AudioSource,
        *,
        timeout_s: float | Default | None = DEFAULT,
        on_progress: OnProgress | None = None,
        stop: StopSignal | None = None,
        **options: Unpack[SubmissionOptions],
    ) -> Transcript:
        """Return the text of the audio: submit it once, then wait for the job.

        Args:
            audio: A path, bytes, a binary stream, or a tuple (name, any of these[, content type]).
            timeout_s: Seconds for all of it, upload included; None for no limit. Leave it out for the
                client's own.
            on_progress: Called in this thread with each event: the upload, then the wait.
            stop: Set it, from another thread, to end the wait; the job goes on.
            **options: What to ask of the service; `SubmissionOptions` explains each of them.

        Raises:
            UsageError: Nothing was sent: an option is empty.
            AudioError: Nothing was sent: the audio cannot be read, or is not what it should be.
            SubmissionUnknownError: The upload was sent, its answer was lost; not repeated, it may be charged.
            JobFailedError: The job ended FAILED; `.job` is its last document.
            WaitTimeoutError: The job was not finished in time; with a `.job_id`, `.resume_command` goes on.
            WaitCancelledError: `stop` was set.
            Interrupted: Ctrl-C; `.job_ids` and `.submission_unknown` say what exists.
            APIConnectionError, APIStatusError, MalformedResponseError: The server is away, or refused.
        """
        call = self._begin(timeout_s)
        upload = make_upload(audio, Submission(options), on_progress, stop)
        return self._driver.run(call, transcribe(call, upload), on_progress, stop)

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

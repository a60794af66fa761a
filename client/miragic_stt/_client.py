"""The synchronous client: the conversations of this package, run on `requests`."""

from __future__ import annotations

import random as chance
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import closing
from functools import partial
from typing import Protocol, Self, cast

import requests

from ._api import DEFAULT_QUESTION
from ._audio import AudioSource
from ._call import Call, guarded
from ._conversations import OnUpload, checked_job_id, look, observe, submit, transcribe, wait
from ._job import Job, Transcript
from ._policy import DEFAULT_TIMEOUT_S, Polling, RequestTimeouts, Retries
from ._progress import JobObserved, OnProgress, ProgressEvent, UploadProgress
from ._protocol import Conversation, Perform, SendRequest, Step, T, Turn, Wait
from ._settings import DEFAULT, Default, find_key, make_settings
from ._transport import Transport


class StopSignal(Protocol):
    """What `stop=` takes; a `threading.Event` is one."""

    def is_set(self) -> bool:
        """Whether to stop."""

    def wait(self, timeout: float) -> object:
        """Sleep, but not longer than until the signal is set."""


class Client:
    """A client of the Miragic speech-to-text service that never hangs, loses no job and pays once.

    Every call has one deadline, which covers upload, retries and waiting. Any number of threads may use one
    client at once: it keeps no state but its connection pool. Use it as a context manager, or call `close`.

    Args:
        api_key: None reads the environment variable MIRAGIC_API_KEY.
        base_url: None reads MIRAGIC_BASE_URL, and without that takes the service's own address.
        timeout_s: seconds that a whole call may take; None for no limit. Each call may say otherwise.
        polling, retries, request_timeouts: None for the defaults.
        session: a session to use instead of our own; it is not closed. Its adapters should repeat nothing.
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
        self._clock = clock
        self._sleep = sleep
        self._transport = Transport(key, session, clock=clock)

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
        conversation = submit(
            call, audio, audio_format=audio_format, question=question, on_upload=_upload_hook(on_progress)
        )
        return self._run(call, conversation, on_progress, stop)

    def get(self, job_id: str, *, timeout_s: float | Default | None = DEFAULT) -> Job:
        """The job as it is now, whatever its status: a FAILED one is returned, not raised.

        Raises:
            NotFoundError: there is no such job for this key.
            MiragicError: it could not be read.
        """
        call = self._begin(timeout_s)
        return self._run(call, look(call, checked_job_id(job_id)), None, None)

    def iter_status(
        self, job_id: str, *, timeout_s: float | Default | None = DEFAULT, stop: StopSignal | None = None
    ) -> Iterator[Job]:
        """The job after each look at it, until it is finished; pauses in between grow. FAILED is not raised.

        Raises:
            WaitTimeoutError: it was not finished in time.
            MiragicError: it could not be read.
        """
        call = self._begin(timeout_s)
        for event in self._events(call, observe(call, checked_job_id(job_id)), stop):
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
        return self._run(call, wait(call, checked_job_id(job_id)), on_progress, stop)

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
        conversation = transcribe(
            call, audio, audio_format=audio_format, question=question, on_upload=_upload_hook(on_progress)
        )
        return self._run(call, conversation, on_progress, stop)

    def close(self) -> None:
        """Close the connections; those of a session that was passed in stay open."""
        self._transport.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"Client(base_url={self._settings.base_url!r})"

    def _begin(self, timeout_s: float | Default | None) -> Call:
        now = self._clock()
        return Call(self._settings, now=now, deadline=self._settings.deadline(now, timeout_s))

    def _run(
        self,
        call: Call,
        conversation: Conversation[T],
        on_progress: OnProgress | None,
        stop: StopSignal | None,
    ) -> T:
        """What the conversation returns, after its events went to `on_progress`."""
        events = self._events(call, conversation, stop)
        while True:
            try:
                event = next(events)
            except StopIteration as end:
                return cast(T, end.value)
            if on_progress:
                on_progress(event)

    def _events(
        self, call: Call, conversation: Conversation[T], stop: StopSignal | None
    ) -> Generator[ProgressEvent, None, T]:
        """The driver: does each step, tells the result and the time, and hands events out."""
        with closing(guarded(call, conversation)) as steps:
            advance: Callable[[], Step] = partial(next, steps)
            while True:
                try:
                    step = advance()
                except StopIteration as end:
                    return cast(T, end.value)
                try:
                    if isinstance(step, ProgressEvent):
                        yield step
                    result = self._do(step, stop)
                except BaseException as error:
                    advance = partial(steps.throw, error.with_traceback(None))
                else:
                    stopped = stop is not None and stop.is_set()
                    advance = partial(steps.send, Turn(self._clock(), result, stopped))

    def _do(self, step: Step, stop: StopSignal | None) -> object:
        if isinstance(step, SendRequest):
            return self._transport.send(step)
        if isinstance(step, Perform):
            return step.action()
        if isinstance(step, Wait):
            (self._sleep if stop is None else stop.wait)(step.seconds)
        return None


def _upload_hook(on_progress: OnProgress | None) -> OnUpload | None:
    return None if on_progress is None else lambda sent, total: on_progress(UploadProgress(sent, total))

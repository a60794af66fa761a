"""The synchronous client as it is exported: one job at a time, or many recordings on threads."""

from __future__ import annotations

import os
from collections.abc import Sequence
from functools import partial
from typing import Unpack

from .._call import Call
from .._client import JobClient
from .._driver import StopSignal, make_upload
from .._job import Transcript
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
    transcribe_recording,
)


class Client(JobClient):
    """A client of the Miragic speech-to-text service that never hangs, loses no job and pays once.

    Every call has one deadline, which covers upload, retries and waiting; only the look-up of a host's name
    is the operating system's, with limits of its own. Any number of threads may use one client at once: it
    keeps no state but its connection pool. Use it as a context manager, or call `close`.

    >>> with Client() as client:
    ...     print(client.transcribe("hello.wav"))
    Hello from the mock.
    """

    def transcribe_many(
        self,
        sources: Sequence[AudioSource],
        *,
        timeout_s: float | Default | None = DEFAULT,
        concurrency: int = 4,
        journal: str | os.PathLike[str] | None = None,
        on_progress: OnBatchProgress | None = None,
        on_outcome: OnOutcome | None = None,
        stop: StopSignal | None = None,
        **options: Unpack[SubmissionOptions],
    ) -> list[Outcome]:
        """Transcribe many recordings; one that fails does not touch the others.

        Args:
            sources: The recordings, each as `transcribe` takes it.
            timeout_s: Seconds for each recording, from the moment its turn comes.
            concurrency: How many are under way at once; 1 or more.
            journal: A file that remembers what was submitted. A later run with the same file waits for the
                jobs of recordings with the same content, options and server, instead of paying again; equal
                recordings within one run are submitted once. One process at a time may use it.
            on_progress: Called with the position of the recording and the event, in several threads at once.
            on_outcome: Called with the position and the outcome as soon as there is one, likewise.
            stop: Set it to end all waits; recordings not yet begun are not submitted.
            **options: What to ask of the service for each recording; `SubmissionOptions` explains them.

        Returns:
            The outcome of each recording, in order: a transcript, or the error that `transcribe` would raise.

        Raises:
            UsageError: `concurrency` is below 1, or `sources` is one recording instead of a list.
            JournalError: The journal cannot be opened.
            Interrupted: Ctrl-C; `.job_ids` holds the ids of all jobs of this run. It comes once the requests
                under way have ended, which another Ctrl-C does not hasten.
        """
        # Late: who transcribes one recording at a time needs no threads.
        from .threads import run_in_threads

        check_concurrency(concurrency)
        submission = Submission(options)
        calls: list[Call] = []

        def work(item: Recording, stop: StopSignal | None) -> Transcript:
            show = None if on_progress is None else partial(on_progress, item.position)
            upload = make_upload(item.source, submission, show, stop)
            call = self._begin(timeout_s)
            calls.append(call)
            return self._driver.run(call, transcribe_recording(call, item, upload, book), show, stop)

        with naming_jobs(calls), open_journal(journal) as book:
            items = recordings(
                sources, submission, base_url=self._settings.base_url, with_keys=book is not None
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

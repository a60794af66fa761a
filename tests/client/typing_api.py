"""Uses of the public API that must type-check, by mypy and pyright; never run.

A change that breaks one of them breaks somebody's program.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from datetime import datetime
from io import BytesIO
from pathlib import Path
from typing import Unpack, assert_type

import httpx
import requests
from miragic_stt import (
    APIStatusError,
    AsyncClient,
    Client,
    DeadlineAdapter,
    Interrupted,
    Job,
    JobAccepted,
    JobFailedError,
    JobObserved,
    JobStatus,
    MiragicError,
    Outcome,
    Polling,
    ProgressEvent,
    RequestTimeouts,
    Retries,
    Retrying,
    SubmissionOptions,
    Transcript,
    UploadProgress,
    WaitTimeoutError,
)


def session_of_ones_own() -> requests.Session:
    session = requests.Session()
    session.mount("https://", DeadlineAdapter())
    return session


def construct() -> Client:
    Client()
    Client("key", "https://host")
    return Client(
        api_key=None,
        base_url=None,
        timeout_s=None,
        polling=Polling(first_s=1, factor=2, cap_s=30, jitter=0.1, missing_grace_s=2),
        retries=Retries(attempts=3, first_s=1, cap_s=4, jitter=0, retry_after_ceiling_s=60),
        request_timeouts=RequestTimeouts(connect_s=5, upload_s=60, read_s=10),
        session=session_of_ones_own(),
        clock=lambda: 0.0,
        sleep=lambda seconds: None,
        random=lambda: 0.5,
    )


def inputs(client: Client) -> None:
    client.submit("talk.mp3")
    client.submit(Path("talk.mp3"))
    client.submit(b"bytes")
    client.submit(bytearray(b"bytes"))
    client.submit(memoryview(b"bytes"))
    client.submit(BytesIO(b"bytes"))
    client.submit(("talk.mp3", b"bytes"))
    client.submit(("talk.mp3", BytesIO(b"bytes"), "audio/mpeg"))
    with open("talk.mp3", "rb") as file:
        client.submit(file, audio_format="mp3", question="Who speaks?", timeout_s=None)


def wrapper(client: Client, **options: Unpack[SubmissionOptions]) -> Job:
    chosen: SubmissionOptions = {"audio_format": None, "question": "Who speaks?"}
    client.transcribe("talk.mp3", **chosen)
    client.transcribe_many(["talk.mp3"], question="Who speaks?", concurrency=2)
    return client.submit("talk.mp3", timeout_s=60, **options)


def progress(event: ProgressEvent) -> str:
    if isinstance(event, UploadProgress):
        return f"{event.sent_bytes}/{event.total_bytes}"
    if isinstance(event, JobAccepted):
        return event.job.id
    if isinstance(event, JobObserved):
        return f"{event.job.status} {event.looks} {event.elapsed_s}"
    assert_type(event, Retrying)
    return f"{event.error.retryable} {event.pause_s}"


def calls(client: Client) -> None:
    with client:
        job = client.submit("talk.mp3", on_progress=progress_hook, stop=threading.Event())
        assert_type(job, Job)
        assert_type(client.get(job.id), Job)
        assert_type(client.iter_status(job.id), Iterator[Job])
        assert_type(client.wait(job.id, timeout_s=60), Transcript)
        transcript = client.transcribe("talk.mp3", timeout_s=None)
        assert_type(transcript.text, str)
        assert_type(transcript.looks_like_refusal, bool)
        outcomes = client.transcribe_many(["a.mp3", b"b"], concurrency=2, journal=Path("journal"))
        assert_type(outcomes, list[Outcome])
        assert_type(outcomes[0].transcript, Transcript | None)
        assert_type(outcomes[0].error, MiragicError | None)
        assert_type(outcomes[0].unwrap(), Transcript)
        client.transcribe_many([], on_progress=batch_hook, on_outcome=lambda position, outcome: None)


def progress_hook(event: ProgressEvent) -> None:
    print(progress(event))


def batch_hook(position: int, event: ProgressEvent) -> None:
    print(position, progress(event))


def fields(job: Job) -> None:
    assert_type(job.status, JobStatus)
    assert_type(job.status.is_terminal, bool)
    assert_type(job.progress, float | None)
    assert_type(job.created_at, datetime | None)
    assert_type(job.raw, Mapping[str, object])
    assert_type(job.extra, dict[str, object])
    assert job.status == "COMPLETED"


def errors(client: Client) -> str | None:
    try:
        client.transcribe("talk.mp3")
    except WaitTimeoutError as error:
        return error.resume_command
    except JobFailedError as error:
        return error.reason
    except APIStatusError as error:
        return f"{error.status_code} {error.error_code} {error.retry_after} {error.request_id}"
    except MiragicError as error:
        return error.job_id
    except Interrupted as error:
        return error.job_ids[0] if error.job_ids else None
    return None


async def asynchronous() -> None:
    async with AsyncClient("key", http_client=httpx.AsyncClient(), timeout_s=60) as client:
        assert_type(await client.submit("talk.mp3"), Job)
        assert_type(await client.submit("talk.mp3", question="Who speaks?"), Job)
        assert_type(await client.get("job-1"), Job)
        assert_type(await client.wait("job-1"), Transcript)
        assert_type(await client.transcribe("talk.mp3", on_progress=progress_hook), Transcript)
        assert_type(await client.transcribe_many(["a.mp3"], concurrency=2), list[Outcome])
        async for job in client.iter_status("job-1"):
            assert_type(job, Job)

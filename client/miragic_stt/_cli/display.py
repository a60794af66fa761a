"""What a display of progress shows of an event, drawn as bars or as lines."""

from __future__ import annotations

from collections.abc import Callable

from .._progress import JobAccepted, JobObserved, ProgressEvent, UploadProgress

Show = Callable[[int, ProgressEvent], None]


def describe(event: ProgressEvent) -> str:
    """Return the event in a few words. An upload advances in steps of ten percent, to keep lines few."""
    if isinstance(event, UploadProgress):
        return f"uploading, {event.sent_bytes * 10 // event.total_bytes * 10} % sent"
    if isinstance(event, JobAccepted):
        return f"waiting for job {event.job.id}"
    if isinstance(event, JobObserved):
        progress = None if event.job.is_terminal else event.job.progress
        return str(event.job.status) if progress is None else f"{event.job.status} {progress:g} %"
    return f"{event.error.message}; again in {event.pause_s:.1f} s"

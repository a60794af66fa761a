"""What a display of progress shows of an event, drawn as bars or as lines."""

from __future__ import annotations

from collections.abc import Callable

from .._progress import JobAccepted, JobObserved, ProgressEvent, UploadProgress
from .boundary import shown

Show = Callable[[int, ProgressEvent], None]


def describe(event: ProgressEvent) -> str:
    """Return the event in a few words, on one harmless line.

    An upload advances in steps of ten percent, to keep lines few.
    """
    if isinstance(event, UploadProgress):
        return f"uploading, {event.sent_bytes * 10 // event.total_bytes * 10} % sent"
    if isinstance(event, JobAccepted):
        return shown(f"waiting for job {event.job.id}")
    if isinstance(event, JobObserved):
        progress = None if event.job.is_terminal else event.job.progress
        status = shown(event.job.status)
        return status if progress is None else f"{status} {progress:g} %"
    return f"{shown(event.error.message)}; again in {event.pause_s:.1f} s"

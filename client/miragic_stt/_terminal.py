"""Progress on standard error: the upload, then the wait, then what the server reports. A bar, or lines.

All bytes sent is not the end: the wait for the text is a phase of its own, and is shown as one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TextIO

from ._progress import JobAccepted, JobObserved, ProgressEvent, UploadProgress

Show = Callable[[int, ProgressEvent], None]


@contextmanager
def progress_display(stream: TextIO, *, mode: str, labels: Sequence[str]) -> Iterator[Show | None]:
    """A function that shows an event of the recording at a position; None where nothing is to be shown.

    Args:
        mode: `always`, `never`, or `auto`: only where the stream is a terminal.
        labels: what the recordings are called.
    """
    if mode == "never" or (mode == "auto" and not stream.isatty()):
        yield None
        return
    try:
        from ._bars import bars
    except ImportError:
        yield StatusLines(stream, labels)
        return
    with bars(stream, labels) as show:
        yield show


class StatusLines:
    """One line per change, for where `rich` is not installed."""

    def __init__(self, stream: TextIO, labels: Sequence[str]) -> None:
        self._stream = stream
        self._labels = labels
        self._last: dict[int, str] = {}

    def __call__(self, position: int, event: ProgressEvent) -> None:
        line = describe(event)
        if self._last.get(position) != line:
            self._last[position] = line
            self._stream.write(f"{self._labels[position]}: {line}\n")
            self._stream.flush()


def describe(event: ProgressEvent) -> str:
    """The event in a few words. An upload is told in steps of ten percent, so that lines stay few."""
    if isinstance(event, UploadProgress):
        return f"uploading, {event.sent_bytes * 10 // event.total_bytes * 10} % sent"
    if isinstance(event, JobAccepted):
        return f"waiting for job {event.job.id}"
    if isinstance(event, JobObserved):
        progress = None if event.job.is_terminal else event.job.progress
        return str(event.job.status) if progress is None else f"{event.job.status} {progress:g} %"
    return f"{event.error.message}; again in {event.pause_s:.1f} s"

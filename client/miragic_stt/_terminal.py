"""Progress on standard error: upload, then waiting, then what the server reports; a bar, or lines.

A bar at its end says only that the bytes are sent: the wait for the text is a phase of its own.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO

from ._progress import JobAccepted, JobObserved, OnProgress, ProgressEvent, UploadProgress


@contextmanager
def progress_display(stream: TextIO, *, mode: str, label: str) -> Iterator[OnProgress | None]:
    """A function that shows events on `stream`; None where nothing is to be shown.

    Args:
        mode: `always`, `never`, or `auto`: only where the stream is a terminal.
        label: what is being transcribed.
    """
    if mode == "never" or (mode == "auto" and not stream.isatty()):
        yield None
        return
    try:
        from ._bars import bars
    except ImportError:
        yield StatusLines(stream, label)
        return
    with bars(stream, label) as show:
        yield show


class StatusLines:
    """One line per change, for where `rich` is not installed."""

    def __init__(self, stream: TextIO, label: str) -> None:
        self._stream = stream
        self._label = label
        self._last = ""

    def __call__(self, event: ProgressEvent) -> None:
        line = describe(event)
        if line != self._last:
            self._last = line
            print(f"{self._label}: {line}", file=self._stream, flush=True)


def describe(event: ProgressEvent) -> str:
    """The event in a few words. An upload is told in steps of ten percent, so that lines stay few."""
    if isinstance(event, UploadProgress):
        return f"uploading {event.sent_bytes * 10 // max(event.total_bytes, 1) * 10} %"
    if isinstance(event, JobAccepted):
        return f"job {event.job.id} accepted, waiting"
    if isinstance(event, JobObserved):
        progress = "" if event.job.progress is None or event.job.is_terminal else f" {event.job.progress:g} %"
        return f"{event.job.status}{progress}"
    return f"{event.error.message}; again in {event.pause_s:.1f} s"

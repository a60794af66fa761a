"""Progress on standard error, as bars or as lines: the upload, then the wait for the text."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TextIO

from .._progress import ProgressEvent
from .display import Show, describe


@contextmanager
def progress_display(stream: TextIO, *, mode: str, labels: Sequence[str]) -> Iterator[Show | None]:
    """Give a function that shows an event of the recording at a position; None to show nothing.

    Args:
        stream: Where progress is shown.
        mode: `always`, `never`, or `auto`, which shows it only where the stream is a terminal.
        labels: What the recordings are called.
    """
    if mode == "never" or (mode == "auto" and not stream.isatty()):
        yield None
        return
    try:
        # Late: rich is an extra, and takes long to import.
        from .bars import bars
    except ImportError:
        yield StatusLines(stream, labels)
        return
    with bars(stream, labels) as show:
        yield show


class StatusLines:
    """Shows one line per change, where `rich` is not installed."""

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

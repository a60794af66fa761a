"""Progress on standard error: the upload, then the wait, then what the server reports. A bar, or lines.

All bytes sent is not the end: the wait for the text is a phase of its own, and is shown as one.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TextIO

from .._progress import ProgressEvent
from .display import Show, describe


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
        from .bars import bars
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

"""The progress bar, drawn by `rich`. Importing it fails where rich is not installed (extra [cli])."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from ._progress import JobObserved, OnProgress, ProgressEvent, UploadProgress
from ._terminal import describe


@contextmanager
def bars(stream: TextIO, label: str) -> Iterator[OnProgress]:
    """A function that shows events as a bar on `stream`, for as long as the block lasts."""
    console = Console(file=stream)
    columns = (TextColumn("{task.fields[label]}", markup=False), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, TextColumn("{task.description}", markup=False), console=console) as progress:
        task = progress.add_task("opening", total=None, label=label)

        def show(event: ProgressEvent) -> None:
            if isinstance(event, UploadProgress):
                progress.update(task, completed=event.sent_bytes, total=event.total_bytes)
            elif isinstance(event, JobObserved) and (event.job.progress is not None or event.job.is_terminal):
                done = 100.0 if event.job.is_terminal else event.job.progress
                progress.update(task, completed=done, total=100.0)
            else:
                # Without a figure from the server the bar only shows that time passes.
                progress.update(task, completed=0, total=None)
            progress.update(task, description=describe(event))

        yield show

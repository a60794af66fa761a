"""Progress as bars, drawn by `rich` (extra [cli]). Importing this fails where rich is not installed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TextIO

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from .._progress import JobObserved, ProgressEvent, UploadProgress
from .display import Show, describe


@contextmanager
def bars(stream: TextIO, labels: Sequence[str]) -> Iterator[Show]:
    """Give a function that shows events as one bar per recording, for as long as the block lasts."""
    # Without markup: rich would read brackets in file names, and in what a server says, as styles.
    label, state = (TextColumn(f"{{task.fields[{name}]}}", markup=False) for name in ("label", "state"))
    with Progress(label, BarColumn(), TimeElapsedColumn(), state, console=Console(file=stream)) as progress:
        tasks: dict[int, TaskID] = {}

        def show(position: int, event: ProgressEvent) -> None:
            if position not in tasks:
                tasks[position] = progress.add_task("", total=None, label=labels[position], state="")
            done, total = _amount(event)
            progress.update(tasks[position], completed=done, state=describe(event))
            # Set here, as update(total=None) means that the total stays as it is.
            progress.tasks[progress.task_ids.index(tasks[position])].total = total

        yield show


def _amount(event: ProgressEvent) -> tuple[float, float | None]:
    """Return how much is done, and of how much; of None where the bar can only show that time passes."""
    if isinstance(event, UploadProgress):
        return event.sent_bytes, event.total_bytes
    if isinstance(event, JobObserved) and event.job.is_terminal:
        return 1, 1
    if isinstance(event, JobObserved) and event.job.progress is not None:
        return event.job.progress, 100
    return 0, None

"""The progress of a run on a terminal."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TextColumn,
    TimeElapsedColumn,
)

from ..checker import Limits
from ..trace import Exchange


@contextlib.contextmanager
def watched(console: Console, limits: Limits) -> Iterator[Callable[[Exchange], None]]:
    """Show a line that moves with each exchange on a terminal, and nothing elsewhere.

    Yields:
        What has to be called with each exchange.
    """
    columns = (
        SpinnerColumn(),
        MofNCompleteColumn(),
        BarColumn(),
        TimeElapsedColumn(),
        TextColumn("{task.description}"),
    )
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        # Of the most requests that the run may send, so the line may end early but never wait at 100 %.
        task = progress.add_task("", total=limits.requests)

        def on_exchange(exchange: Exchange) -> None:
            outcome = exchange.answer.status if exchange.answer else exchange.trouble
            job = f" job {exchange.job}" if exchange.job is not None else ""
            progress.update(task, advance=1, description=f"{exchange.intent}{job}: {outcome}")

        yield on_exchange

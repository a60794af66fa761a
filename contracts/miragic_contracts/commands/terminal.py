"""The console for people."""

from __future__ import annotations

import os

from rich.console import Console


class Terminal(Console):
    """A console whose reader may go away, as in `| head`.

    Rich leaves with status 1 then. That would blame the server, and lose the reports that were paid for.
    """

    def on_broken_pipe(self) -> None:
        """Print nothing more, and let the command go on."""
        # Rich's own method does the same, and then raises `SystemExit(1)`.
        self.quiet = True
        # Else Python would fail once more when it flushes standard output at its end.
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, self.file.fileno())
        os.close(nowhere)

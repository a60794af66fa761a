"""Where people read what the command says."""

from __future__ import annotations

import os

from rich.console import Console


class Terminal(Console):
    """A console that nobody need read to the end.

    Rich leaves with status 1 where the reader went away (`| head`): that would blame the server, and lose
    the reports that were paid for.
    """

    def on_broken_pipe(self) -> None:
        """Says nothing more, and lets the command go on."""
        self.quiet = True
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, self.file.fileno())
        os.close(nowhere)

"""The console for people.

Rule: commands print through this console, or through `harmless`, and nothing else.
"""

from __future__ import annotations

import os
from collections.abc import Iterable

from rich.console import Console, ConsoleOptions, RenderableType
from rich.segment import Segment

from ..harmless import harmless


class Terminal(Console):
    """A console that no printed text can steer, and whose reader may go away, as in `| head`.

    Rich leaves with status 1 then. That would blame the server, and lose the reports that were paid for.
    """

    def render(self, renderable: RenderableType, options: ConsoleOptions | None = None) -> Iterable[Segment]:
        """Render something; what Rich itself does to the terminal is not part of a segment's text."""
        for segment in super().render(renderable, options):
            yield segment if segment.control else segment._replace(text=harmless(segment.text))

    def on_broken_pipe(self) -> None:
        """Print nothing more, and let the command go on."""
        # Rich's own method does the same, and then raises `SystemExit(1)`.
        self.quiet = True
        # Else Python would fail once more when it flushes standard output at its end.
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, self.file.fileno())
        os.close(nowhere)

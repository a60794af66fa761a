"""The entry point of the command `miragic-stt`."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Sequence

from .arguments import make_parser
from .commands import run
from .report import ExitCode

# What a shell reports for a program that a closed pipe ended.
_PIPE_CLOSED = 141


def main(arguments: Sequence[str] | None = None) -> int:
    """The exit code of the command; `arguments` without the program's name, None for those of the process."""
    options = make_parser().parse_args(arguments)
    if isinstance(sys.stdout, io.TextIOWrapper):
        # A paid text must not be lost to a console that cannot show all of its characters.
        sys.stdout.reconfigure(errors="backslashreplace")
    try:
        return run(options)
    except OSError as error:
        # So that the interpreter's last flush does not fail as well:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        if isinstance(error, BrokenPipeError):
            return _PIPE_CLOSED  # whoever read the output is gone
        print(f"miragic-stt: reading or writing failed: {error}", file=sys.stderr)
        return ExitCode.USAGE
    except KeyboardInterrupt:
        print("miragic-stt: interrupted", file=sys.stderr)
        return ExitCode.INTERRUPTED

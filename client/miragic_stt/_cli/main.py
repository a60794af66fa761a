"""The entry point of the command `miragic-stt`."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Sequence
from typing import Final

from .arguments import make_parser
from .boundary import shown
from .commands import run
from .report import ExitCode

# What a shell reports for a program that SIGPIPE ended: 128 + 13.
_PIPE_CLOSED: Final = 141


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command and return its exit code.

    Args:
        arguments: The words after the program's name; None for those of the process.
    """
    options = make_parser().parse_args(arguments)
    if isinstance(sys.stdout, io.TextIOWrapper):
        # A paid text must not be lost to a console that cannot show all of its characters.
        sys.stdout.reconfigure(errors="backslashreplace")
    try:
        return run(options)
    except OSError as error:
        # So that the last flush, when the interpreter ends, does not fail as well.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        if isinstance(error, BrokenPipeError):
            return _PIPE_CLOSED
        print(shown(f"miragic-stt: reading or writing failed: {error}"), file=sys.stderr)
        return ExitCode.USAGE
    except KeyboardInterrupt:
        print("miragic-stt: interrupted", file=sys.stderr)
        return ExitCode.INTERRUPTED
    except Exception as error:
        # A defect of ours. Python would end with 1, which says that the job failed.
        kind = type(error).__name__
        print(
            shown(f"miragic-stt: a defect of this program, please report it: {kind}: {error}; a job goes on"),
            file=sys.stderr,
        )
        return ExitCode.SERVER_OR_NETWORK

"""The command `miragic-stt`, and `python -m miragic_stt`."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from ._arguments import make_parser
from ._commands import run


def main(arguments: Sequence[str] | None = None) -> int:
    """The exit code of the command; `arguments` without the program's name, None for those of the process."""
    return run(make_parser().parse_args(arguments))


if __name__ == "__main__":
    sys.exit(main())

"""`make trust`: measure what SECURITY.md promises, and print one table.

Rule: each line states its bound and what was measured. What cannot run on this machine says why.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import signal
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Final

from rich.console import Console
from rich.table import Table

from .kills import kills
from .line import Line, as_json
from .neighbours import SERVERS, beside
from .soak import soak
from .suites import SUITES, run

Part = Callable[[], Iterator[Line]]

_SETTLE_S: Final = 4.0
_FILES_BESIDE: Final = 200
"""Open files that a process needs beside those of the connections."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure everything, or the parts that are named.

    Returns:
        0 when every bound was kept, 1 when one was not.
    """
    options = _parser().parse_args(arguments)
    parts = _parts(options)
    _raise_open_files(options.connections)
    lines: list[Line] = []
    _tell(f"{os.cpu_count()} cores, load average {os.getloadavg()[0]:.1f}: a busy machine adds to latencies")
    for number, (name, part) in enumerate(parts.items(), start=1):
        began = time.monotonic()
        _tell(f"[{number}/{len(parts)}] {name}")
        for line in part():
            lines.append(line)
            _tell(f"    {line.verdict}: {line.promise}: {line.measured}")
        _tell(f"    {time.monotonic() - began:.0f} s")
    if options.json:
        print(json.dumps(as_json(lines), indent=2))
    else:
        _print(lines)
    return 1 if any(line.is_kept is False for line in lines) else 0


def _parts(options: argparse.Namespace) -> dict[str, Part]:
    """Return what is to be measured, by name, in order."""
    parts: dict[str, Part] = {suite.name: partial(run, suite) for suite in SUITES}
    parts["kills"] = partial(kills, options.kills, progress=_tell_more)
    for server in SERVERS:
        for tls in (False, True):
            parts[f"neighbours-{server}{'-tls' if tls else ''}"] = partial(
                beside,
                server,
                tls=tls,
                connections=options.connections,
                seconds=options.neighbours_s,
                manner=options.manner,
                settle_s=_SETTLE_S,
            )
    for server in SERVERS:
        parts[f"soak-{server}"] = partial(soak, options.soak_s, options.tenants, server, progress=_tell_more)
    wanted = options.parts
    return {name: part for name, part in parts.items() if not wanted or name.startswith(tuple(wanted))}


def _raise_open_files(connections: int) -> None:
    """Let this process and the servers that it starts open as many files as the connections need."""
    needed = connections + _FILES_BESIDE
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard < needed:
        sys.exit(
            f"trust: {connections} connections need {needed} open files, and the hard limit is {hard}: "
            f"raise it (ulimit -Hn {needed}), or give --connections {max(1, hard - _FILES_BESIDE)}."
        )
    if soft != resource.RLIM_INFINITY and soft < needed:
        resource.setrlimit(resource.RLIMIT_NOFILE, (needed, hard))


def _print(lines: Sequence[Line]) -> None:
    colours = {True: "green", False: "bold red", None: "yellow"}
    table = Table(show_lines=False)
    for column in ("", "promise", "bound", "measured"):
        table.add_column(column, no_wrap=column == "", overflow="fold")
    for line in lines:
        colour = colours[line.is_kept]
        # No markup in what was measured: an answer's text may stand there.
        table.add_row(f"[{colour}]{line.verdict}[/]", *map(_plain, (line.promise, line.bound, line.measured)))
    console = Console(width=None if sys.stdout.isatty() else 160)
    console.print(table)


def _plain(text: str) -> str:
    return "".join(char if char.isprintable() else "�" for char in text).replace("[", r"\[")


def _tell(text: str) -> None:
    print(_plain(text).replace(r"\[", "["), file=sys.stderr, flush=True)


def _tell_more(text: str) -> None:
    _tell(f"    ... {text}")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m tests.trust", description="Measure what SECURITY.md promises, and print one table."
    )
    parser.add_argument(
        "parts",
        nargs="*",
        metavar="PART",
        help="only the parts whose names begin so: corpus, echo, steps, fuzz, kills, neighbours, soak",
    )
    parser.add_argument("--kills", type=int, default=100, help="kills of the server with SQLite (100)")
    parser.add_argument("--soak-s", type=float, default=300, help="seconds of the soak (300)")
    parser.add_argument("--tenants", type=int, default=10_000, help="tenants of the soak (10000)")
    parser.add_argument("--connections", type=int, default=1000, help="that get nowhere at once (1000)")
    parser.add_argument("--neighbours-s", type=float, default=8, help="seconds beside each kind of them (8)")
    parser.add_argument("--manner", default="", help="only the kinds of connections whose names hold this")
    parser.add_argument("--json", action="store_true", help="print the lines as JSON")
    return parser


if __name__ == "__main__":
    # SIGTERM would end this process at once and leave its servers running; an exception unwinds to them.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)

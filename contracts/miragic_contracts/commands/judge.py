"""`miragic-contract judge`: judge recorded traffic by the rules."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from ..checker import judge_trace
from ..har import HarError, read_har
from ..reports import show, without_keys
from ..spec import Spec
from .options import Outputs, output_options, rulebook_for, spec_option
from .terminal import Terminal


@click.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False, exists=True, allow_dash=True))
@output_options
@spec_option
def judge(file: Path, spec: Spec, outputs: Outputs) -> None:
    """Judge recorded traffic, a HAR file. No request is sent.

    Browsers, proxies and test tools write HAR files; so does `check --har`, and the mock's journal.
    Keys in the file reach no report.
    """
    console = Terminal(stderr=outputs.is_stdout_taken, soft_wrap=True, highlight=False)
    try:
        # Some tools begin a file with a byte order mark, which the JSON parser refuses.
        text = sys.stdin.read() if str(file) == "-" else file.read_text(encoding="utf-8-sig")
        reading = read_har(text, spec)
    except (HarError, OSError, UnicodeDecodeError) as error:
        raise click.UsageError(f"{file}: {error}") from error
    for count, what in ((reading.foreign, "of something else"), (reading.bodiless, "without a body")):
        if count:
            console.print(f"{count} entries left out: {what}")
    report = judge_trace(reading.trace, rulebook_for(spec), accept=outputs.accept)
    report = without_keys(report, reading.redactor)
    show(report, console)
    outputs.write(report, reading.redactor, console)
    raise SystemExit(report.exit_status)

"""`miragic-mock`: the mock's command line.

Rule: commands only read options, hand them on and print; an error is one line on standard error.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import click

from ..domain.jobs.plan import PlanLayer
from ..errors import MockError
from ..language.plans import format_plan
from ..language.scenario import parse_scenario
from ..release import DISTRIBUTION
from .arguments import ServeArguments
from .parameters import BASE_URL, CLOCK, DELAY, KEY, PLAN, RATE, SIZE, TOKEN, WAIT
from .welcome import Ready, ready_line, welcome

_WIDE: Final = {"help_option_names": ["-h", "--help"], "max_content_width": 110}


def _choice(*words: str) -> click.Choice[str]:
    return click.Choice(words)


def _folder() -> click.Path:
    return click.Path(file_okay=False, path_type=Path)


def _file() -> click.Path:
    return click.Path(dir_okay=False, path_type=Path)


@click.group(context_settings=_WIDE)
@click.version_option(package_name=DISTRIBUTION, prog_name="miragic-mock")
def main() -> None:
    """A fake Miragic speech-to-text API that costs nothing and shows every failure."""


@main.command(context_settings={**_WIDE, "show_default": True})
@click.option("--host", default="127.0.0.1", help="The address to listen on.")
@click.option("--port", default=8080, type=click.IntRange(0, 65535), help="The port; 0 picks a free one.")
@click.option(
    "--workers", default=1, type=click.IntRange(1, 64), help="Processes; several need a shared store."
)
@click.option(
    "--server",
    type=_choice("granian", "threads"),
    default="granian",
    help="threads: slower, one process, and can do every fault, resets and lost answers too.",
)
@click.option("--tls-cert", type=_file(), help="Speak TLS with this certificate (PEM) and --tls-key.")
@click.option("--tls-key", type=_file(), help="The key (PEM) of --tls-cert.")
@click.option("--tls-self-signed", is_flag=True, help="Speak TLS with a certificate made on the spot.")
@click.option("--store", default="memory:", help="memory:, sqlite:///FILE or redis://HOST:PORT/DB.")
@click.option(
    "--spec", type=click.Path(dir_okay=False), help="Another contract than the one that comes along."
)
@click.option(
    "--overlay", "overlays", multiple=True, type=click.Path(), help="An OpenAPI Overlay on it; repeatable."
)
@click.option("--delay", type=DELAY, show_default="2s", help="When jobs end: 3s, 5polls, or 0.4x the audio.")
@click.option("--outcome", type=_choice("completed", "failed", "never"), help="How jobs end.")
@click.option("--error", help="The reason that failed jobs give; without --outcome, all fail.")
@click.option("--plan", type=PLAN, help='What happens to jobs: "done-after=5polls;progress=stuck@60".')
@click.option("--scenario", type=_file(), help="Rules that choose plans, as a TOML file.")
@click.option("--transcription", metavar="TEXT|@FILE", help="The text of completed jobs.")
@click.option(
    "--sidecar-dir", "--transcripts", type=_folder(), help="Texts: hello.txt is what hello.mp3 says."
)
@click.option("--by-hash", type=click.Path(path_type=Path), help="Texts by SHA-256: a folder or JSON table.")
@click.option("--hook", metavar="MODULE:FUNCTION", help="Your function (path, question) -> text.")
@click.option("--seed", default=0, help="Another seed: other ids, other made-up words.")
@click.option(
    "--clock", type=CLOCK, default="real", help="real, frozen, 60x, or 2026-01-01T12:00:00Z (frozen)."
)
@click.option(
    "--create-status",
    type=_choice("200", "201", "202"),
    help="Of a submission. Default: the one that the contract knows best, else 201.",
)
@click.option("--times", type=_choice("iso", "unix"), default="iso", help="How moments are written.")
@click.option("--progress", type=_choice("on", "off"), default="on", help="Whether jobs show their progress.")
@click.option("--errors", type=_choice("nested", "flat"), default="nested", help="How errors are shaped.")
@click.option("--download-signed-url", is_flag=True, help="Add a link to the text; it expires.")
@click.option("--strict", is_flag=True, help="Refuse form fields that nobody declared.")
@click.option("--max-upload", type=SIZE, default="64M", help="The largest recording taken.")
@click.option(
    "--max-connections",
    type=click.IntRange(1, 1_000_000),
    show_default="10000; threads: 1000",
    help="Connections at once, of each worker.",
)
@click.option(
    "--handshake-timeout",
    type=WAIT,
    show_default="10s",
    help="For a TLS handshake. Of --server threads; Granian's is fixed.",
)
@click.option("--head-timeout", type=WAIT, default="30s", help="For the head of a request as a whole.")
@click.option(
    "--body-timeout",
    type=WAIT,
    show_default="30s",
    help="For each 16 KiB of a request's body. Of --server threads; Granian has no limit.",
)
@click.option(
    "--idle-timeout",
    type=WAIT,
    show_default="75s",
    help="Between two requests. Of --server threads; Granian's is --head-timeout.",
)
@click.option(
    "--api-key", type=KEY, multiple=True, show_default="any", help="A key that is let in; repeatable."
)
@click.option("--credits", type=click.IntRange(0), show_default="no limit", help="What each key may spend.")
@click.option("--rate-limit", type=RATE, show_default="none", help="For each key: 60/min, 5/s, 100/10s.")
@click.option("--refund-failed", is_flag=True, help="Give the price of a failed job back.")
@click.option("--cors", is_flag=True, help="Let web pages of any origin call.")
@click.option("--public-url", type=BASE_URL, show_default="as called", help="What links start with.")
@click.option(
    "--control-token", type=TOKEN, envvar="MIRAGIC_MOCK_CONTROL_TOKEN", help="What the control API asks for."
)
@click.option(
    "--link-secret",
    default="",
    envvar="MIRAGIC_MOCK_LINK_SECRET",
    show_default="random, kept in the store",
    help="What links to texts are signed with; the same one gives the same links in every run.",
)
@click.option(
    "--log-level",
    type=_choice("error", "warning", "info", "debug"),
    default="error",
    help="What goes to standard error; from info on, a line for each request. Not of --server threads.",
)
@click.option("--json", "as_json", is_flag=True, help="When ready, print a line of JSON for programs.")
def serve(**options: Any) -> None:
    """Serve the mock until Ctrl-C.

    Options say what holds for all jobs; the header X-Mock-Plan, tags in file names and the control API at
    /_mock/ say it more closely.
    """
    # Imported here, as in the commands below: `--help` would otherwise load the whole mock.
    from .serve import start

    # Click gives every option by its name, so one without a field fails here at every start.
    arguments = ServeArguments(**options)
    with _errors_in_one_line():
        start(arguments, announce=_print_json if arguments.as_json else _print_welcome)


@main.command()
@click.argument("text", type=PLAN)
@click.option("--json", "as_json", is_flag=True, help="The parts as JSON.")
def plan(text: PlanLayer, as_json: bool) -> None:
    """Say how a plan reads: miragic-mock plan "done-after=3s;outcome=failed"."""
    written = format_plan(text)
    if as_json:
        entries = [entry.split("=", 1) for entry in written.split(";") if entry]
        parts = [{"word": word, "value": value} for word, value in entries]
        click.echo(json.dumps({"plan": written, "parts": parts}))
    elif not written:
        click.echo("An empty plan: everything is left to others.")
    else:
        click.echo(f"{written}\n  as a header   X-Mock-Plan: {written}\n  in a name     hello[{written}].mp3")


@main.command()
@click.argument("file", type=_file())
def scenario(file: Path) -> None:
    """Check a scenario FILE, and say what its rules do."""
    from .serve import read_scenario

    with _errors_in_one_line():
        rules = parse_scenario(read_scenario(file)).rules
    for rule in rules:
        conditions = ", ".join(f"{name} {glob}" for name, glob in rule.globs) or "anything"
        plans = " or ".join(format_plan(layer) for _, layer in rule.outcomes)
        click.echo(f"{rule.number}. {conditions}: {plans}")
    click.echo(f"{file}: {len(rules)} rules, and nothing wrong with them")


@main.command()
@click.option("--json", "as_json", is_flag=True, help="The table as JSON: for each door why not, or null.")
def faults(as_json: bool) -> None:
    """List the faults there are, which door can do which, and what parameters they take.

    A fault is planned by fault=... in a plan, or by PUT /_mock/faults.
    """
    from ..engine.injection.catalogue import described, manual

    click.echo(json.dumps(described()) if as_json else manual())


@contextmanager
def _errors_in_one_line() -> Iterator[None]:
    """End the command with one line on standard error where the block fails for a reason that is known."""
    # Imported here: `--help` and shell completion have to be quick, and need no contract.
    from miragic_contracts.errors import ContractError
    from miragic_contracts.spec import SpecError

    try:
        yield
    except (MockError, SpecError, ContractError) as error:
        click.echo(f"miragic-mock: {error}", err=True)
        sys.exit(1)


def _print_json(ready: Ready) -> None:
    click.echo(ready_line(ready))


def _print_welcome(ready: Ready) -> None:
    click.echo(welcome(ready))

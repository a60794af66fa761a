"""`miragic-contract check`: send requests to a server, and judge it."""

from __future__ import annotations

import random
import re
import urllib.parse
from typing import Final

import click
import requests

from ..checker import PROFILES, Terms, check, prepare
from ..drivers import HttpDriver
from ..redaction import SHORTEST_KEY
from ..reports import show, show_limits, without_keys
from ..spec import Spec
from .options import Outputs, output_options, rulebook_for, spec_option
from .terminal import Terminal
from .watching import watched

_RATE: Final = re.compile(r"(\d+(?:\.\d+)?)(?:/(s|min|h))?")
_SECONDS: Final = {None: 1, "s": 1, "min": 60, "h": 3600}


def _read_rate(_ctx: click.Context, _param: click.Parameter, text: str | None) -> float | None:
    """Return requests a second."""
    if text is None:
        return None
    match = _RATE.fullmatch(text)
    if not match or float(match[1]) <= 0:
        raise click.BadParameter(f"expected a rate such as 1/s, 30/min or 0.5; got {text!r}")
    return float(match[1]) / _SECONDS[match[2]]


def _read_url(_ctx: click.Context, _param: click.Parameter, url: str) -> str:
    if not re.match(r"https?://[^/\s]+", url) or not _is_address(url):
        raise click.BadParameter(f"expected http:// or https:// and a host; got {url!r}")
    if "@" in url:
        raise click.BadParameter("expected no name or password in it: reports would show them")
    if "?" in url or "#" in url:
        raise click.BadParameter("expected no ? and no #: the paths of operations are put at its end")
    return url


def _is_address(url: str) -> bool:
    """Return whether a request can be sent there at all: whether port and host name are valid (RFC 1035)."""
    # Asked of requests itself: what it refuses would else end the run with a traceback.
    try:
        prepared = requests.Request("GET", url).prepare()
        (urllib.parse.urlsplit(prepared.url or "").hostname or "").encode("idna")
    except (requests.RequestException, UnicodeError):
        return False
    return True


def _read_key(_ctx: click.Context, _param: click.Parameter, key: str | None) -> str | None:
    """Return a key, or say why it cannot be one, without repeating it."""
    # Two at least: one probe sends the key without its last character, and that has to be a key still.
    if key is not None and not re.fullmatch(r"[!-~]{2,}", key):
        raise click.BadParameter("expected at least 2 visible ASCII characters, as a header can carry them")
    return key


@click.command(name="check")
@click.option(
    "--base-url", required=True, callback=_read_url, help="The server, without the path of an operation."
)
@click.option(
    "--api-key",
    envvar="MIRAGIC_API_KEY",
    callback=_read_key,
    help="Also from MIRAGIC_API_KEY, where nobody can read it over your shoulder.",
)
@click.option(
    "--second-api-key",
    envvar="MIRAGIC_SECOND_API_KEY",
    callback=_read_key,
    help="A key of another account, to see whether it can read jobs that are not its own.",
)
@click.option(
    "--profile",
    type=click.Choice(list(PROFILES)),
    default="live",
    show_default=True,
    help="live: all probes, at most 5 jobs. quick: 1 job. mock: more jobs, at full speed.",
)
@click.option("--max-jobs", type=click.IntRange(min=0), help="Make no more jobs than this.")
@click.option("--max-credits", type=click.FloatRange(min=0), help="Spend no more credits than this.")
@click.option(
    "--rate", callback=_read_rate, help="Requests a second (1/s, 30/min). Default: 1/s, mock: as they come."
)
@click.option(
    "--timeout",
    "timeout_s",
    type=click.FloatRange(min=0, min_open=True, max=86400),
    default=120.0,
    show_default=True,
    help="Seconds in which a job must end.",
)
@click.option("--seed", type=int, help="Chooses names and questions. Default: a new one each time, reported.")
@click.option("--dry-run", is_flag=True, help="Print the most it could spend, send nothing.")
@output_options
@spec_option
def check_command(
    base_url: str,
    api_key: str | None,
    second_api_key: str | None,
    profile: str,
    max_jobs: int | None,
    max_credits: float | None,
    rate: float | None,
    timeout_s: float,
    seed: int | None,
    dry_run: bool,
    spec: Spec,
    outputs: Outputs,
) -> None:
    """Ask a server, and judge it by the contract.

    It costs money where the server takes money: at most what --dry-run says. Nothing that may have made
    a job is sent twice. Ctrl-C stops it and gives the report so far.
    """
    terms = Terms(timeout_s, max_jobs, max_credits, rate)
    # A new seed each time, so that runs try other names; the report has it, so that a run can be repeated.
    seed = random.SystemRandom().randrange(1 << 32) if seed is None else seed
    # Everything that can fail by a mistake of usage comes before the first request, which may cost money.
    preparation = prepare(
        spec, PROFILES[profile], terms, seed=seed, has_second_key=second_api_key is not None
    )
    console = Terminal(stderr=outputs.is_stdout_taken, soft_wrap=True, highlight=False)
    show_limits(preparation.limits, console)
    # Before a key is asked for: an estimate needs none.
    if dry_run:
        return
    if api_key is None:
        raise click.UsageError("expected --api-key, or MIRAGIC_API_KEY in the environment")
    rulebook = rulebook_for(spec)
    outputs.prepare()
    for key in filter(None, (api_key, second_api_key)):
        if len(key) < SHORTEST_KEY:
            console.print(f"a key of fewer than {SHORTEST_KEY} letters is not searched for in answers")
    driver = HttpDriver(base_url, key=api_key, second_key=second_api_key)
    try:
        with watched(console, preparation.limits) as on_exchange:
            report = check(driver, rulebook, preparation, accept=outputs.accept, on_exchange=on_exchange)
    finally:
        driver.close()
    report = without_keys(report, driver.redactor)
    show(report, console)
    outputs.write(report, driver.redactor, console)
    # Not `ctx.exit`: outside its standalone mode click would return the status instead of leaving with it.
    raise SystemExit(report.exit_status)

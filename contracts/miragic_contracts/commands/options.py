"""The options that several subcommands share."""

from __future__ import annotations

import datetime
import functools
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import click
from rich.console import Console
from rich.text import Text

from ..baseline import Baseline, BaselineError, read_baseline
from ..checker.check import Accept
from ..checker.report import Report
from ..checker.verdict import USAGE
from ..errors import ContractError
from ..har import as_har
from ..overlay import OverlayError, as_overlay, load_spec_with
from ..redaction import Redactor
from ..reports import as_annotations, as_html, as_json, as_junit, as_markdown, as_sarif
from ..reports.writing import prepare, write
from ..rules import Rulebook, UndeclaredGroundError
from ..spec import Spec, SpecError


def spec_option(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command `--spec` and `--overlay`, and the contract that they make as `spec`."""

    # Not only for the name: click keeps the options of the decorators below in `__click_params__`, and
    # `wraps` hands it on.
    @functools.wraps(command)
    def with_spec(*, spec: Path | None, overlays: tuple[Path, ...], **options: Any) -> None:
        try:
            contract = load_spec_with(spec, overlays)
        except (SpecError, OverlayError) as error:
            raise click.UsageError(str(error)) from error
        command(**options, spec=contract)

    overlay = click.option(
        "--overlay",
        "overlays",
        type=click.Path(path_type=Path),
        multiple=True,
        help="An OpenAPI Overlay to apply to the contract first. May be given more than once.",
    )
    spec = click.option(
        "--spec",
        type=click.Path(path_type=Path),
        help="The contract (OpenAPI 3.1). Default: the one that comes with this package.",
    )
    return spec(overlay(with_spec))


def rulebook_for(spec: Spec) -> Rulebook:
    """Return all rules with a contract.

    Raises:
        click.UsageError: The contract lacks something that a rule stands on.
    """
    try:
        return Rulebook(spec)
    except UndeclaredGroundError as error:
        raise click.UsageError(f"{spec.path}: {error}") from error


def _as_har(report: Report) -> str:
    return as_har(report.trace)


# The forms of a report, by option: what writes it, and what its help says.
_FORMS: Final[Mapping[str, tuple[Callable[[Report], str], str]]] = {
    "report-json": (as_json, "The report for programs; its schema ships with the package."),
    "junit": (as_junit, "JUnit XML: one test case for each rule."),
    "sarif": (as_sarif, "SARIF 2.1.0: findings at lines of openapi.yaml."),
    "html": (as_html, "One page, with a timeline of each job."),
    "markdown": (as_markdown, "For the summary of a CI job."),
    "annotations": (as_annotations, "GitHub workflow commands."),
    "record-overlay": (as_overlay, "What was seen, as an OpenAPI Overlay: assumed becomes observed."),
    "har": (_as_har, "Everything that was said; `judge` takes it back."),
}


class _UnwrittenError(click.ClickException):
    """A report cannot be written. The exit status must not be taken for a verdict."""

    exit_code = USAGE


@dataclass(frozen=True, slots=True)
class Outputs:
    """Where a report goes, and which findings it accepts.

    Attributes:
        paths: Where it is written, by form.
        baseline: Which findings are accepted.
    """

    paths: Mapping[str, Path]
    baseline: Baseline

    @property
    def accept(self) -> Accept:
        """The function that splits findings into those that count and those that are accepted."""
        return self.baseline.split

    @property
    def is_stdout_taken(self) -> bool:
        """Whether a report goes to standard output, so that what is for people must go elsewhere."""
        return any(str(path) == "-" for path in self.paths.values())

    def prepare(self) -> None:
        """Make sure that each report can be written, before anything is spent."""
        for form, path in self.paths.items():
            try:
                prepare(path)
            except OSError as error:
                raise click.UsageError(f"--{form}: {error}") from error

    def write(self, report: Report, redactor: Redactor, console: Console) -> None:
        """Write the report in each form that was asked for, and say what in the baseline is out of date."""
        for remark in self.baseline.remarks((*report.findings, *report.accepted)):
            console.print(Text(f"baseline: {remark}", style="yellow"))
        for form, path in self.paths.items():
            try:
                write(_FORMS[form][0](report), path, redactor, form)
            except (ContractError, OSError) as error:
                raise _UnwrittenError(f"--{form}: {error}") from error
            if str(path) != "-":
                console.print(f"{form}: {path}")


def output_options(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command an option for each form of report and `--baseline`, and pass them on as `outputs`."""

    @functools.wraps(command)
    def with_outputs(*, baseline: Path | None, **options: Any) -> None:
        paths = {form: options.pop(form.replace("-", "_")) for form in _FORMS}
        outputs = Outputs({form: path for form, path in paths.items() if path}, _read_baseline(baseline))
        command(**options, outputs=outputs)

    decorated: Callable[..., None] = with_outputs
    # Reversed, since click lists the option of the last decorator first.
    for form, (_, purpose) in reversed(list(_FORMS.items())):
        path = click.Path(path_type=Path, dir_okay=False, allow_dash=True)
        decorated = click.option(f"--{form}", type=path, help=purpose)(decorated)
    return click.option(
        "--baseline",
        type=click.Path(path_type=Path, dir_okay=False),
        help="Accepted findings (TOML): rule, pointer, reason, expires.",
    )(decorated)


def _read_baseline(path: Path | None) -> Baseline:
    if path is None:
        return Baseline()
    try:
        # In UTC, so that an entry expires everywhere at the same moment.
        today = datetime.datetime.now(datetime.UTC).date()
        return read_baseline(path.read_text(encoding="utf-8"), today=today)
    except (BaselineError, OSError, UnicodeDecodeError) as error:
        raise click.UsageError(f"--baseline {path}: {error}") from error

"""Options that more than one subcommand takes."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
from rich.console import Console

from miragic_contracts.checker.check import Accept, accept_nothing
from miragic_contracts.checker.report import Report
from miragic_contracts.errors import ContractError
from miragic_contracts.har import as_har
from miragic_contracts.redaction import Redactor
from miragic_contracts.reports import as_annotations, as_html, as_json, as_junit, as_markdown, as_sarif
from miragic_contracts.reports.writing import write
from miragic_contracts.spec import Spec, SpecError, load_spec


def _read_spec(_ctx: click.Context, _param: click.Parameter, path: Path | None) -> Spec:
    try:
        return load_spec(path)
    except SpecError as exc:
        raise click.BadParameter(str(exc)) from exc


spec_option = click.option(
    "--spec",
    type=click.Path(path_type=Path),
    callback=_read_spec,
    help="The contract (OpenAPI 3.1). Default: the one that comes with this package.",
)


def _as_har(report: Report) -> str:
    return as_har(report.trace)


# The forms of a report: option, what writes it, what it is good for.
_FORMS: Mapping[str, tuple[Callable[[Report], str], str]] = {
    "report-json": (as_json, "The report for programs; its schema ships with the package."),
    "junit": (as_junit, "JUnit XML: one test case for each rule."),
    "sarif": (as_sarif, "SARIF 2.1.0: findings at lines of openapi.yaml."),
    "html": (as_html, "One page, with a timeline of each job."),
    "markdown": (as_markdown, "For the summary of a CI job."),
    "annotations": (as_annotations, "GitHub workflow commands."),
    "har": (_as_har, "Everything that was said; `judge` takes it back."),
}


@dataclass(frozen=True, slots=True)
class Outputs:
    """Where a report goes, by form, and which findings are accepted."""

    paths: Mapping[str, Path]
    accept: Accept = accept_nothing

    @property
    def is_stdout_taken(self) -> bool:
        """Whether a report goes to standard output, so that people must be told elsewhere."""
        return any(str(path) == "-" for path in self.paths.values())

    def write(self, report: Report, redactor: Redactor, console: Console) -> None:
        """Writes the report in each form that was asked for."""
        for form, path in self.paths.items():
            try:
                write(_FORMS[form][0](report), path, redactor, form)
            except (ContractError, OSError) as exc:
                raise click.ClickException(f"--{form}: {exc}") from exc
            if str(path) != "-":
                console.print(f"{form}: {path}")


def output_options(command: Callable[..., None]) -> Callable[..., None]:
    """Gives a command an option for each form of report, and `outputs` in their place."""

    @functools.wraps(command)
    def with_outputs(**options: Any) -> None:
        paths = {form: options.pop(form.replace("-", "_")) for form in _FORMS}
        outputs = Outputs({form: path for form, path in paths.items() if path})
        command(**options, outputs=outputs)

    decorated: Callable[..., None] = with_outputs
    for form, (_, purpose) in reversed(list(_FORMS.items())):
        path = click.Path(path_type=Path, dir_okay=False, allow_dash=True)
        decorated = click.option(f"--{form}", type=path, help=purpose)(decorated)
    return decorated

"""Options that more than one subcommand takes."""

from __future__ import annotations

from pathlib import Path

import click

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

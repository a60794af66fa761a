"""`miragic-contract schemas`: the contract's documents as JSON Schemas, in files."""

from __future__ import annotations

from pathlib import Path

import click

from miragic_contracts.commands.options import spec_option
from miragic_contracts.schemas import write_schemas
from miragic_contracts.spec import Spec, SpecError


@click.command()
@click.option(
    "--out",
    "folder",
    type=click.Path(path_type=Path, file_okay=False),
    required=True,
    help="The folder to write to; it is made where it is missing.",
)
@spec_option
def schemas(folder: Path, spec: Spec) -> None:
    """Write the contract's documents as JSON Schemas.

    Four documents, each in two strengths (strict for servers, tolerant for clients) and two dialects
    (2020-12, draft-07). The same contract gives the same bytes.
    """
    try:
        written = write_schemas(spec, folder)
    except (SpecError, OSError) as exc:
        raise click.ClickException(str(exc)) from exc
    click.echo(f"wrote {len(written)} schemas to {folder}")

"""`miragic-contract schemas`: the contract's documents as JSON Schemas, in files."""

from __future__ import annotations

from pathlib import Path

import click

from ..schemas import write_schemas
from ..spec import Spec, SpecError
from .options import spec_option


@click.command()
@click.option(
    "--out",
    "folder",
    type=click.Path(path_type=Path, file_okay=False),
    required=True,
    help="The folder to write to; it is made if it is missing.",
)
@spec_option
def schemas(folder: Path, spec: Spec) -> None:
    """Write the contract's documents as JSON Schemas.

    Four documents, each in two strengths (strict for servers, tolerant for clients) and two dialects
    (2020-12, draft-07). The same contract gives the same bytes.
    """
    try:
        written = write_schemas(spec, folder)
    except (SpecError, OSError) as error:
        raise click.ClickException(str(error)) from error
    click.echo(f"wrote {len(written)} schemas to {folder}")

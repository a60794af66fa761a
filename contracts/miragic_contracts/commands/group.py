"""The command itself: its subcommands, and the options they share."""

from __future__ import annotations

import click

from .check import check_command
from .judge import judge
from .rules import rules
from .schemas import schemas


@click.group(
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Exit status: 0 conforms, 1 violates, 2 usage, 3 inconclusive, 4 the budget stopped it.",
)
@click.version_option(package_name="miragic-stt-toolkit")
def miragic_contract() -> None:
    """Judge a server, or recorded traffic, by the Miragic speech-to-text contract."""


miragic_contract.add_command(check_command)
miragic_contract.add_command(judge)
miragic_contract.add_command(rules)
miragic_contract.add_command(schemas)

"""The subcommands of `miragic-contract`, one module each."""

from miragic_contracts.commands.group import miragic_contract

__all__ = ["miragic_contract"]

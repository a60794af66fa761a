"""The subcommands of `miragic-contract`, one module each."""

from .group import miragic_contract

__all__ = ["miragic_contract"]

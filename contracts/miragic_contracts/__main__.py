"""`miragic-contract`, the command. A library that it needs and does not find is asked for by name."""

from __future__ import annotations

import sys


def main() -> None:
    """Runs the command and leaves with its exit status."""
    try:
        from miragic_contracts.commands import miragic_contract
    except ModuleNotFoundError as exc:
        sys.exit(
            f"miragic-contract needs {exc.name}, which is not installed: "
            "pip install 'miragic-stt-toolkit[contracts]'"
        )
    miragic_contract(prog_name="miragic-contract")


if __name__ == "__main__":
    main()

"""`miragic-contract`, the command.

Rule: the exit status 1 says that a server violates the contract, so nothing else may leave with it: no
missing library, no interruption, and no defect of ours.
"""

from __future__ import annotations

import io
import itertools
import os
import sys
import traceback
from typing import Final

# As in `checker.verdict`, which cannot be imported before it is clear that its libraries are there.
_USAGE: Final = 2
_UNDECIDED: Final = 3


def main() -> None:
    """Run the command and leave with its exit status."""
    # The script is installed with the package, its libraries only with the extra `contracts`.
    try:
        import click

        from .commands import miragic_contract
    except ModuleNotFoundError as error:
        print(
            f"miragic-contract needs {error.name}, which is not installed: "
            "pip install 'miragic-stt-toolkit[contracts]'",
            file=sys.stderr,
        )
        sys.exit(_USAGE)
    try:
        # Not in click's standalone mode, which leaves with 1 at Ctrl-C. A verdict leaves as `SystemExit`,
        # which is no `Exception`, so nothing below takes it.
        miragic_contract(prog_name="miragic-contract", standalone_mode=False)
    except click.ClickException as error:
        # It may repeat what a file says, whose keys and controls are a stranger's.
        shown = io.StringIO()
        error.show(file=shown)
        print(_clean(shown.getvalue()), file=sys.stderr, end="")
        sys.exit(error.exit_code)
    except click.Abort:
        print("interrupted", file=sys.stderr)
        sys.exit(_UNDECIDED)
    except Exception:
        print(_clean(traceback.format_exc()), file=sys.stderr, end="")
        print("this is a defect of miragic-contract, and says nothing of the server", file=sys.stderr)
        sys.exit(_UNDECIDED)


def _clean(text: str) -> str:
    """Return a text without the keys of this run, and with nothing that steers a terminal."""
    from .harmless import harmless
    from .redaction import FIRST_MARKER, redactor

    keys = {os.environ.get("MIRAGIC_API_KEY", ""), os.environ.get("MIRAGIC_SECOND_API_KEY", "")}
    for option, value in itertools.pairwise((*sys.argv, "")):
        name, _, joined = option.partition("=")
        if name in ("--api-key", "--second-api-key"):
            keys.add(joined or value)
    return harmless(redactor(dict.fromkeys(keys, FIRST_MARKER)).text(text))


if __name__ == "__main__":
    main()

"""Fill in the parts of the pages that a command prints: `make pages`.

A part stands between two comments, `<!-- made by: COMMAND -->` and `<!-- end -->`. With `--check` nothing is
written, and the exit status is 1 where a page is out of date.
"""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
import sysconfig
from pathlib import Path
from typing import Final

_PAGES: Final = Path(__file__).parent
_SCRIPTS: Final = Path(sysconfig.get_path("scripts"))
_PART: Final = re.compile(
    r"(?P<start><!-- made by: (?P<command>[^\n]+) -->\n).*?(?P<end>^<!-- end -->$)", re.MULTILINE | re.DOTALL
)


def main() -> int:
    """Write the pages anew, or only look at them with `--check`."""
    is_check = "--check" in sys.argv[1:]
    stale = []
    for page in sorted(_PAGES.glob("*.md")):
        text = page.read_text(encoding="utf-8")
        made = _PART.sub(_filled, text)
        if made != text:
            stale.append(page.name)
            if not is_check:
                page.write_text(made, encoding="utf-8")
    if is_check and stale:
        print(f"out of date, run `make pages`: {', '.join(stale)}", file=sys.stderr)
    return int(is_check and bool(stale))


def _filled(part: re.Match[str]) -> str:
    program, *arguments = shlex.split(part["command"])
    printed = subprocess.run(
        [_SCRIPTS / program, *arguments], stdout=subprocess.PIPE, encoding="utf-8", check=True
    )
    return f"{part['start']}\n{printed.stdout.strip()}\n\n{part['end']}"


if __name__ == "__main__":
    sys.exit(main())

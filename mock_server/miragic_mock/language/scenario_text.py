"""The text of a scenario as TOML values, and the globs in it as patterns.

Rule: both are bounded before they are read. Python's TOML parser takes the square of the time for a key of
many parts, and a glob costs up to its length times that of the text.
"""

from __future__ import annotations

import re
import tomllib
from fnmatch import translate
from functools import lru_cache
from typing import Any, Final

from ..errors import ScenarioError

MAX_CHARS: Final = 65_536
"""The longest scenario."""

MAX_GLOB_CHARS: Final = 256
"""The longest glob."""

_MAX_DOTS: Final = 100
# A text or a comment. Each closing quote is optional, so that what is never closed is read once, not again
# from every quote in it.
_TEXTS: Final = re.compile(
    r'"""(?:[^"\\]|\\.|"(?!""))*(?:""")?'
    r"|'''(?:[^']|'(?!''))*(?:''')?"
    r'|"(?:[^"\\\n]|\\[^\n])*"?'
    r"|'[^'\n]*'?"
    r"|#[^\n]*",
    re.DOTALL,
)


def read_toml(text: str, file: str) -> dict[str, Any]:
    """Return the values of a TOML file.

    Raises:
        ScenarioError: It is too long, too deep, or is not TOML.
    """
    if len(text) > MAX_CHARS:
        raise ScenarioError(file, None, "TOML", f"expected at most {MAX_CHARS} characters, got {len(text)}")
    if any(line.count(".") > _MAX_DOTS for line in _TEXTS.sub("", text).splitlines()):
        raise ScenarioError(
            file, None, "TOML", f"expected at most {_MAX_DOTS} dots in a line, beside its texts"
        )
    try:
        return tomllib.loads(text)
    except RecursionError as error:
        raise ScenarioError(file, None, "TOML", "expected fewer brackets in one another") from error
    except ValueError as error:  # not all are a TOMLDecodeError: a number may have too many digits for Python
        raise ScenarioError(file, None, "TOML", str(error)) from error


def is_like(folded: str, glob: str) -> bool:
    """Return whether a text fits a glob, whatever the case of either; the text has been casefolded."""
    return _pattern(glob).match(folded) is not None


@lru_cache(maxsize=1024)
def _pattern(glob: str) -> re.Pattern[str]:
    glob = glob.casefold()
    # A bracket that is never closed stands for itself. `translate` knows that, and looks for the closing
    # one from each of them anew.
    closed, bracket, never_closed = glob.rpartition("]")
    return re.compile(translate(closed + bracket + never_closed.replace("[", "[[]")))

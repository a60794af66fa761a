"""The documents that a program here answers with, from the folder it was started in."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Final

_MADE: Final = json.loads(Path("documents.json").read_text("utf-8"))
SUBMIT: Final[str] = _MADE["submit"]
POLL: Final[str] = _MADE["poll"]
CREATED: Final = _MADE["created"].encode("ascii")
SHOWN: Final = _MADE["shown"].encode("ascii")

"""The documents that the programs answer with, read from the folder that they are started in."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Final

_DOCUMENTS: Final = json.loads(Path("documents.json").read_text("utf-8"))
SUBMIT: Final[str] = _DOCUMENTS["submit"]
POLL: Final[str] = _DOCUMENTS["poll"]
CREATED: Final = _DOCUMENTS["created"].encode("ascii")
SHOWN: Final = _DOCUMENTS["shown"].encode("ascii")

"""All parsers of the mock that the fuzzers try."""

from __future__ import annotations

from typing import Final

from .languages import LANGUAGES
from .target import Target
from .wire import WIRE

TARGETS: Final[tuple[Target, ...]] = (*LANGUAGES, *WIRE)

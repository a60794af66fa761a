"""The lines of Granian's log, of which a request writes none but its own, and no key.

Granian decodes a path before it logs it, so that `%0a` in it would begin a line of the client's making.
"""

from __future__ import annotations

import copy
import logging
from typing import Final

from granian.log import DEFAULT_ACCESSLOG_FMT
from miragic_contracts.harmless import harmless, harmless_line
from miragic_contracts.redaction import FIRST_MARKER, redactor

_KEY: Final = "_h0"
"""What Granian calls the first header that a format names."""


def access_format(header: str) -> str:
    """Return the format of a line. The key is part of it only so that `SafeFormatter` learns it."""
    return f"{DEFAULT_ACCESSLOG_FMT}%(header{{{header}}})s"


class SafeFormatter(logging.Formatter):
    """Writes a record as lines that are the log's own."""

    def format(self, record: logging.LogRecord) -> str:
        """Return a record's text: one line, unless it is a traceback."""
        key, args = "", record.args
        if isinstance(args, dict) and _KEY in args:
            key = str(args[_KEY])
            record = copy.copy(record)
            record.args = {**args, _KEY: ""}
        text = redactor({key: FIRST_MARKER}).text(super().format(record))
        return harmless(text) if record.exc_info else harmless_line(text)

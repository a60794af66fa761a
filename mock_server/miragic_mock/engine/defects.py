"""The last catch: what becomes of a defect of the mock itself.

Rule: a defect ends one request and nothing else. The client hears no more than that there is one; the
traceback goes to the log, without keys.
"""

from __future__ import annotations

import logging
import traceback
from collections.abc import Iterable
from typing import Final

MESSAGE: Final = "The mock has a defect, and its log says where. Please report it."
"""What the client hears."""

LOGGER: Final = "miragic_mock.defects"
"""The logger; without configuration, Python writes what goes there to standard error."""

_LONGEST_CHARS: Final = 32_768


def note_defect(error: BaseException, *, where: str, secrets: Iterable[str | None] = ()) -> None:
    """Write the traceback of a defect to the log.

    Args:
        error: The defect.
        where: The door or API that caught it.
        secrets: The keys and tokens that the request showed, which are struck out.
    """
    # The end is the exception itself, and nearest to the defect; recursion can make the rest very long.
    text = "".join(traceback.format_exception(error))[-_LONGEST_CHARS:]
    # Imported here, since a mock that works never needs them.
    from miragic_contracts.harmless import harmless
    from miragic_contracts.redaction import redactor

    keys = {secret: "[key]" for secret in secrets if secret}
    text = harmless(redactor(keys).text(text))
    logging.getLogger(LOGGER).error("A defect of the mock, caught by %s:\n%s", where, text)

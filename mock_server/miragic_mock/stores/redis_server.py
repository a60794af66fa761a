"""A Redis server, asked command by command or by a script; what it cannot do comes out as a `StoreError`."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import Any, Final

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from ..errors import AnswerLostError, StoreError

_CONNECTIONS: Final = 1_000
"""More than threads that ask at once: redis-py raises where a pool is used up, and does not wait."""

_ADVICE: Final = (
    ("OOM ", "it is full: raise its maxmemory, or let it evict nothing else and remove what is not needed"),
    ("READONLY ", "it is a replica, which takes no writes: name the primary"),
    ("MISCONF ", "it cannot save to its disk, and takes no writes until it can: make space there"),
    ("NOAUTH ", "it wants a password: redis://:PASSWORD@HOST:PORT/DB"),
    ("WRONGPASS ", "it does not take this user and password"),
    ("NOPERM ", "its user may not do this: allow it all commands on the keys of the mock"),
    ("LOADING ", "it is still reading its data: ask again"),
)


class RedisServer:
    """The server at `url`, in which all keys start with `prefix`; safe to use from any thread.

    Attributes:
        before_each: What is done before anything is asked, but for `ask`.

    Raises:
        StoreError: From any method: the server does not answer, or not as asked.
    """

    def __init__(self, url: str, *, prefix: str, timeout_s: float) -> None:
        self.prefix = prefix
        self.before_each: Callable[[], None] = _nothing
        try:
            # Nothing is sent twice: a step whose answer was lost may have been done. RESP2, since a newer
            # protocol brings nothing here and a handshake more.
            pool = redis.ConnectionPool.from_url(
                url,
                socket_timeout=timeout_s,
                socket_connect_timeout=timeout_s,
                retry=Retry(NoBackoff(), 0),
                max_connections=_CONNECTIONS,
                protocol=2,
            )
        except ValueError as error:
            raise StoreError(f"expected redis://HOST:PORT/DB: {error}") from error
        # Any: redis-py leaves execute_command, pipelines and connections without usable types.
        self._pool: Any = pool
        self._redis: Any = redis.Redis(connection_pool=pool)

    def call(self, *command: str | int) -> Any:
        """Return the answer to a command."""
        self.before_each()
        with _translated():
            return self._redis.execute_command(*command)

    def all(self, commands: list[tuple[str | int, ...]]) -> list[Any]:
        """Return the answers to several commands, read at one moment."""
        self.before_each()
        with _translated(), self._redis.pipeline(transaction=True) as pipeline:
            for command in commands:
                pipeline.execute_command(*command)
            return list(pipeline.execute())

    def run(self, source: str, *values: str | bytes | int) -> Any:
        """Return the answer to a script."""
        self.before_each()
        return self.ask(source, *values)

    def ask(self, source: str, *values: str | bytes | int) -> Any:
        """Return the answer to a script, with nothing done before."""
        # Straight over a connection: what the client does around a command costs twice what the command does.
        call = 1, self.prefix, *values
        with _translated():
            connection = self._pool.get_connection()
        with _translated(AnswerLostError):
            try:
                connection.send_command("EVALSHA", _digest(source), *call)
                try:
                    return connection.read_response()
                except redis.exceptions.NoScriptError:
                    connection.send_command("EVAL", source, *call)
                    return connection.read_response()
            finally:
                # After an error of the connection, too: redis-py has closed it then, and opens it anew.
                self._pool.release(connection)

    def close(self) -> None:
        """Close all connections."""
        self._pool.disconnect()


def _nothing() -> None:
    pass


@contextmanager
def _translated(when_lost: type[StoreError] = StoreError) -> Iterator[None]:
    try:
        yield
    except (redis.exceptions.ConnectionError, redis.exceptions.TimeoutError) as error:
        raise when_lost(f"Redis: {error}") from error
    except redis.RedisError as error:
        text = str(error)
        advice = next((what for code, what in _ADVICE if code in f"{type(error).__name__} {text} "), "")
        raise StoreError(f"Redis: {text}{f' ({advice})' if advice else ''}") from error


@lru_cache
def _digest(source: str) -> str:
    """Return what Redis knows a script by."""
    return hashlib.sha1(source.encode(), usedforsecurity=False).hexdigest()

"""Where the tests find a server when no URL is given: whoever offers one registers it as an entry point.

The entry point's group is `miragic_contracts.servers`. It names a function without arguments that gives
a context manager; entering it starts a server and gives what `Server` is made of, leaving it stops the
server.
"""

from __future__ import annotations

import contextlib
import importlib.metadata
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass

GROUP = "miragic_contracts.servers"

Offer = Callable[[], AbstractContextManager[Mapping[str, str]]]


@dataclass(frozen=True, slots=True)
class Server:
    """A server to judge, and the keys to judge it with."""

    base_url: str
    api_key: str
    second_api_key: str | None = None


class NoServerError(LookupError):
    """No URL was given and nobody offers a server."""

    def __str__(self) -> str:
        return (
            "expected --miragic-base-url, or an installed package that offers a server "
            f"(entry point group {GROUP}): pip install 'miragic-stt-toolkit[mock]'"
        )


@contextlib.contextmanager
def offered_server() -> Iterator[Server]:
    """The server of the first package that offers one, for as long as the block runs.

    Raises: NoServerError where nobody does.
    """
    offers = importlib.metadata.entry_points(group=GROUP)
    if not offers:
        raise NoServerError
    offer: Offer = min(offers, key=lambda entry: entry.name).load()
    with offer() as told:
        yield Server(**told)

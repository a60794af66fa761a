"""Finding a server for the tests when no URL is given.

A package that offers a server registers an entry point in the group `miragic_contracts.servers`. It names a
function without arguments that returns a context manager. Entering it starts a server and gives the values
of `Server`; leaving it stops the server.
"""

from __future__ import annotations

import contextlib
import importlib.metadata
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Final

GROUP: Final = "miragic_contracts.servers"

Offer = Callable[[], AbstractContextManager[Mapping[str, str]]]


@dataclass(frozen=True, slots=True)
class Server:
    """A server to judge, and the keys to use."""

    base_url: str
    api_key: str
    second_api_key: str | None = None


class NoServerError(LookupError):
    """No URL was given, and no installed package offers a server."""

    def __str__(self) -> str:
        return (
            "expected --miragic-base-url, or an installed package that offers a server "
            f"(entry point group {GROUP}): pip install 'miragic-stt-toolkit[mock]'"
        )


@contextlib.contextmanager
def offered_server() -> Iterator[Server]:
    """Run the server of the first package that offers one, for as long as the block runs.

    Raises:
        NoServerError: No package offers one.
    """
    offers = importlib.metadata.entry_points(group=GROUP)
    if not offers:
        raise NoServerError
    # By name, so that the choice does not depend on the order of installed packages.
    offer: Offer = min(offers, key=lambda entry: entry.name).load()
    with offer() as values:
        yield Server(**values)

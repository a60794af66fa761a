"""Who has to go where more clients are waited for than there is room for.

Rule: of the address that holds most places, who has made the server wait for longest. A client that the
server is at work for is never sent away for another.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from heapq import nlargest
from typing import Protocol, TypeVar


class _Client(Protocol):
    address: str
    is_waiting: bool
    is_taken_away: bool
    progress_at: float


ClientT = TypeVar("ClientT", bound=_Client)


def slowest(clients: Collection[ClientT], most: int) -> list[ClientT]:
    """Return who has to go, `most` at most; nobody where the server is at work for all."""
    places = Counter(client.address for client in clients)
    waiting = [client for client in clients if client.is_waiting and not client.is_taken_away]
    return nlargest(most, waiting, key=lambda client: (places[client.address], -client.progress_at))

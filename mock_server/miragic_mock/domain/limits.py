"""How long a server waits for its clients, and how many connections it has at once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

BODY_PIECE_BYTES: Final = 16 * 1024
"""What a client has to send of a body in each `body_s`, or the rest where less is left."""


@dataclass(frozen=True, slots=True)
class Limits:
    """The limits of a server with sockets; who passes a time is closed.

    Attributes:
        connections: Connections at once. When all are taken, the next one takes the place of that which has
            made no progress for longest.
        handshake_s: For the TLS handshake as a whole.
        head_s: For the head of a request as a whole.
        body_s: For each 16 KiB of a body, and for each 64 KiB of an answer; None for no limit.
        idle_s: Between two requests of a connection.
    """

    connections: int = 1000
    handshake_s: float = 10.0
    head_s: float = 30.0
    body_s: float | None = 30.0
    idle_s: float = 75.0

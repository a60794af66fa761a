"""A mock that has an address at once and starts at the first connection.

Rule: until then it is a socket and a thread that waits, so that test runs which may need a mock pay for none.
"""

from __future__ import annotations

import selectors
import socket
import threading
from typing import TYPE_CHECKING, Unpack

from ..servers.addresses import listen, url_of
from .options import MockOptions

if TYPE_CHECKING:
    from .server import MockServer


class OnDemand:
    """A mock on a free port of this machine, from construction until `stop`.

    Attributes:
        url: Where clients reach it.
    """

    def __init__(self, **options: Unpack[MockOptions]) -> None:
        self._listener = listen("127.0.0.1", 0)
        self.url = url_of(*self._listener.getsockname())
        self._options = options
        self._server: MockServer | None = None
        # Closing one end wakes the thread that selects on the other.
        self._alarm, self._alarmed = socket.socketpair()
        self._thread = threading.Thread(target=self._await_demand, name="miragic-mock-on-demand", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Stop the mock, or no longer wait for a connection."""
        self._alarm.close()
        self._thread.join()
        if self._server is not None:
            self._server.stop()
        self._listener.close()

    def _await_demand(self) -> None:
        with self._alarmed, selectors.DefaultSelector() as selector:
            selector.register(self._listener, selectors.EVENT_READ)
            selector.register(self._alarmed, selectors.EVENT_READ)
            ready = [key.fileobj for key, _ in selector.select()]
        if self._alarmed not in ready:
            # Imported only now: every test run with workers makes one of these, and few want a mock.
            from .server import MockServer

            # The first connection is not accepted here but waits in the listener's backlog for the server.
            self._server = MockServer(listener=self._listener, **self._options)
            self._server.start()

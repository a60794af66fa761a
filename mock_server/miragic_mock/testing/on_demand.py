"""A mock that has an address at once and starts when somebody first connects.

Rule: until then it is a socket and a thread that waits, so that those who may need a mock pay for none.
"""

from __future__ import annotations

import selectors
import socket
import threading
from typing import TYPE_CHECKING, Final, Unpack

from .options import MockOptions

if TYPE_CHECKING:
    from .server import MockServer

_BACKLOG: Final = 1024


class OnDemand:
    """The mock at `url`, on a free port of this machine, from construction until `stop`."""

    def __init__(self, **options: Unpack[MockOptions]) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=_BACKLOG)
        host, port = self._listener.getsockname()
        self.url = f"http://{host}:{port}"
        self._options = options
        self._server: MockServer | None = None
        self._alarm, self._alarmed = socket.socketpair()
        self._thread = threading.Thread(target=self._await_demand, name="miragic-mock-on-demand", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Stop the mock, or no longer wait for somebody to want it."""
        self._alarm.close()
        self._thread.join()
        if self._server is not None:
            self._server.stop()
        self._listener.close()

    def _await_demand(self) -> None:
        with self._alarmed, selectors.DefaultSelector() as selector:
            selector.register(self._listener, selectors.EVENT_READ)
            selector.register(self._alarmed, selectors.EVENT_READ)
            heard = [key.fileobj for key, _ in selector.select()]
        if self._alarmed not in heard:
            # Imported only now: every test run with workers makes one of these, and few want a mock.
            from .server import MockServer

            self._server = MockServer(listener=self._listener, **self._options)
            self._server.start()

"""`MockServer`: a mock on a real socket, served by threads of this process, for clients in any language.

Rule: `start` returns when clients can connect, `stop` when nothing is left of the server.
"""

from __future__ import annotations

import threading
from os import PathLike
from socket import socket
from types import TracebackType
from typing import Unpack

from ..control.guard import Guard, token_for
from ..engine.injection.doors import THREADS
from ..errors import MockError
from ..servers.addresses import listen, url_of
from ..servers.threaded.server import ThreadServer
from ..servers.tls import tls_context
from .in_process import InProcess, open_mock
from .mock import Mock
from .options import MockOptions


class MockServer:
    """A mock on a socket of its own, with a thread for each connection.

        with MockServer(plan="done-after=2polls") as mock:
            client = Client(base_url=mock.url, api_key=mock.api_key)

    Attributes:
        control_token: What the control API wants of callers over HTTP; None for nothing.
    """

    def __init__(
        self,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        listener: socket | None = None,
        tls: tuple[str | PathLike[str], str | PathLike[str]] | None = None,
        control_token: str | None = None,
        **options: Unpack[MockOptions],
    ) -> None:
        """Prepare a mock; `start` opens it.

        Args:
            host: The address to listen on.
            port: The port; 0 picks a free one.
            listener: A listening socket to use instead, which `stop` closes.
            tls: The files of a certificate and of its key, in PEM.
            control_token: What the control API wants of callers over HTTP; None for nothing on a loopback
                address, and for a token that `start` makes up on any other.
            **options: How the mock is made.
        """
        self.control_token = control_token
        self._host, self._port, self._listener, self._tls = host, port, listener, tls
        self._options = options
        self._running: tuple[ThreadServer, InProcess] | None = None

    def __repr__(self) -> str:
        at = "not running" if self._running is None else f"at {self._running[1].mock.url}"
        return f"<MockServer {at}>"

    def start(self) -> Mock:
        """Serve from now on, and return the mock in hand.

        Raises:
            MockError: The address cannot be had, an option cannot be used, or it runs already.
        """
        if self._running is not None:
            raise MockError(f"{self!r} runs already; stop it first, or make another")
        tls = None if self._tls is None else tls_context(*self._tls)
        stopping = threading.Event()
        listener = self._listener or listen(self._host, self._port)
        try:
            url = url_of(*listener.getsockname()[:2], tls=tls is not None)
            self.control_token = token_for(self._host, self.control_token)
            opened = open_mock(
                THREADS,
                self._options,
                url=url,
                pause=stopping.wait,
                guard=Guard(self.control_token),
                sleep=stopping.wait,
            )
        except BaseException:
            if self._listener is None:  # a listener of the caller's is the caller's until the mock runs
                listener.close()
            raise
        server = ThreadServer(
            opened.app,
            listener,
            answers=opened.app.answer,
            tls=tls,
            stopping=stopping,
            limits=opened.engine.settings.limits,
        )
        self._running = server, opened
        server.start()
        return opened.mock

    def stop(self) -> None:
        """End every connection and thread at once; does nothing when the mock is not running."""
        if self._running is not None:
            server, opened = self._running
            self._running = None
            server.stop()
            opened.engine.store.close()

    def __enter__(self) -> Mock:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

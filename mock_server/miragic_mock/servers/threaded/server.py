"""A server on a real socket: a WSGI application with a thread for each connection.

Rule: stopping is immediate and leaves nothing behind: every wait can be ended, and every thread is joined.
"""

from __future__ import annotations

import contextlib
import selectors
import socket
import ssl
import threading
from typing import TYPE_CHECKING, Any, Final

from .connection import Answers, Connection

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

_BACKLOG: Final = 1024
_LOOK_EVERY_S: Final = 0.1


class ThreadServer:
    """A WSGI application served on a listening socket, with a thread for each connection.

    `answers` gives the answers that come with an effect for this server to carry out, before the application
    is called. `stopping` is set when the server stops, for waits in the application to end. The listener is
    closed then. Connections beyond `most_connections` wait until one of those ends.
    """

    def __init__(
        self,
        app: WSGIApplication,
        listener: socket.socket,
        *,
        answers: Answers | None = None,
        tls: ssl.SSLContext | None = None,
        stopping: threading.Event | None = None,
        most_connections: int = 1000,
    ) -> None:
        self.stopping = threading.Event() if stopping is None else stopping
        self._app, self._answers, self._listener, self._tls = app, answers, listener, tls
        self._lock = threading.Lock()
        self._seats = threading.BoundedSemaphore(most_connections)
        self._open: dict[threading.Thread, socket.socket] = {}
        self._alarm, self._alarmed = socket.socketpair()
        self._scheme = "http" if tls is None else "https"
        self._thread = threading.Thread(target=self._accept, name="miragic-mock", daemon=True)

    def start(self) -> None:
        """Begin to serve; connections made before this are served now."""
        self._thread.start()

    def stop(self) -> None:
        """End all connections and threads; returns when they are gone. A second time does nothing."""
        if self.stopping.is_set():
            return
        self.stopping.set()
        self._alarm.close()
        self._thread.join()
        self._listener.close()
        with self._lock:
            still_open = dict(self._open)
        for client in still_open.values():
            with contextlib.suppress(OSError):
                client.shutdown(socket.SHUT_RDWR)
        for thread in still_open:
            thread.join()

    def _accept(self) -> None:
        with self._alarmed, selectors.DefaultSelector() as selector:
            selector.register(self._listener, selectors.EVENT_READ)
            selector.register(self._alarmed, selectors.EVENT_READ)
            while True:
                heard = [key.fileobj for key, _ in selector.select()]
                if self._alarmed in heard:
                    return
                if not self._has_seat():
                    return
                try:
                    client, address = self._listener.accept()
                except OSError:  # the client is gone again, or too many files are open
                    self._seats.release()
                else:
                    self._begin(client, address)

    def _has_seat(self) -> bool:
        """Wait for a seat; false when the server stops meanwhile."""
        while not self._seats.acquire(timeout=_LOOK_EVERY_S):
            if self.stopping.is_set():
                return False
        return True

    def _begin(self, client: socket.socket, address: Any) -> None:
        thread = threading.Thread(
            target=self._serve, args=(client, address), name="miragic-mock-connection", daemon=True
        )
        with self._lock:
            self._open[thread] = client
        thread.start()

    def _serve(self, client: socket.socket, address: Any) -> None:
        try:
            if self._tls is not None:
                client = self._tls.wrap_socket(client, server_side=True, do_handshake_on_connect=False)
                with self._lock:
                    self._open[threading.current_thread()] = client
                client.do_handshake()
            Connection(
                client,
                address,
                app=self._app,
                answers=self._answers,
                stopping=self.stopping,
                scheme=self._scheme,
            )
        except OSError:
            pass  # the client went, or does not speak TLS
        finally:
            client.close()
            self._seats.release()
            with self._lock:
                del self._open[threading.current_thread()]

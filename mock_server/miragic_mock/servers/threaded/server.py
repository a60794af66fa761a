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

_LOOK_EVERY_S: Final = 0.1


class ThreadServer:
    """A WSGI application served on a listening socket, with a thread for each connection.

    Attributes:
        stopping: Set when the server stops, for waits in the application to end.
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
        """Prepare to serve.

        Args:
            app: The application.
            listener: A listening socket, which is closed when the server stops.
            answers: Gives the answers that come with an effect for this server to carry out, and is asked
                before the application.
            tls: What to speak TLS with; None for plain HTTP.
            stopping: The event to set when the server stops; None for a new one.
            most_connections: How many connections are served at once; others wait until one of them ends.
        """
        self.stopping = threading.Event() if stopping is None else stopping
        self._app, self._answers, self._listener, self._tls = app, answers, listener, tls
        self._lock = threading.Lock()
        # Bounded, so that a seat given back twice is an error here and not a slow leak.
        self._seats = threading.BoundedSemaphore(most_connections)
        self._open: dict[threading.Thread, socket.socket] = {}
        # Closing one end wakes the thread that selects on the other; a closed listener would not on Linux.
        self._alarm, self._alarmed = socket.socketpair()
        self._scheme = "http" if tls is None else "https"
        # Daemons, all of them: a program that forgets `stop` still ends.
        self._thread = threading.Thread(target=self._accept, name="miragic-mock", daemon=True)

    def start(self) -> None:
        """Begin to serve; connections that were made before are served now."""
        self._thread.start()

    def stop(self) -> None:
        """End all connections and threads, and return when they are gone; a second call does nothing."""
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
                # Not `close`, which would leave a thread that is reading where it is.
                client.shutdown(socket.SHUT_RDWR)
        for thread in still_open:
            thread.join()

    def _accept(self) -> None:
        with self._alarmed, selectors.DefaultSelector() as selector:
            selector.register(self._listener, selectors.EVENT_READ)
            selector.register(self._alarmed, selectors.EVENT_READ)
            while True:
                ready = [key.fileobj for key, _ in selector.select()]
                if self._alarmed in ready or not self._has_seat():
                    return
                try:
                    client, address = self._listener.accept()
                except OSError:  # the client is gone again, or too many files are open
                    self._seats.release()
                else:
                    self._begin(client, address)

    def _has_seat(self) -> bool:
        """Wait for a seat; return False if the server stops meanwhile."""
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
                # The handshake waits for the client, and must not keep others from being accepted: it is made
                # in this thread, once `stop` knows the socket that it is made on.
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

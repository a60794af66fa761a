"""A server on a real socket: a WSGI application with a thread for each connection.

Rule: stopping is immediate and leaves nothing behind: every wait can be ended, and every thread is joined.
"""

from __future__ import annotations

import selectors
import socket
import ssl
import threading
from typing import TYPE_CHECKING, Any, Final

from ...domain.limits import Limits
from .connection import Answers, Connection
from .seats import Seat, Seats
from .wire import Wire

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication


_LOOK_EVERY_S: Final = 0.05


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
        limits: Limits = Limits(),  # noqa: B008  # a frozen value
    ) -> None:
        """Prepare to serve.

        Args:
            app: The application.
            listener: A listening socket, which is closed when the server stops.
            answers: Gives the answers that come with an effect for this server to carry out, and is asked
                before the application.
            tls: What to speak TLS with; None for plain HTTP.
            stopping: The event to set when the server stops; None for a new one.
            limits: How many connections are served at once, and how long they are waited for.
        """
        self.stopping = threading.Event() if stopping is None else stopping
        self._app, self._answers, self._listener, self._tls = app, answers, listener, tls
        self._limits, self._seats = limits, Seats(limits.connections)
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
        for thread in self._seats.end_all():
            thread.join()

    def _accept(self) -> None:
        with self._alarmed, selectors.DefaultSelector() as selector:
            selector.register(self._listener, selectors.EVENT_READ)
            selector.register(self._alarmed, selectors.EVENT_READ)
            while True:
                ready = [key.fileobj for key, _ in selector.select()]
                if self._alarmed in ready or not self._seats.wait_for_one(self.stopping.is_set):
                    return
                try:
                    client, address = self._listener.accept()
                except OSError:  # the client is gone again, or too many files are open
                    self._seats.give_back()
                    self.stopping.wait(_LOOK_EVERY_S)
                else:
                    self._begin(client, address)

    def _begin(self, client: socket.socket, address: Any) -> None:
        # An answer in two packets would wait for the client's delayed acknowledgement.
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, True)
        seat = self._seats.take(client, str(address[0]))
        seat.thread = threading.Thread(
            target=self._serve, args=(seat,), name="miragic-mock-connection", daemon=True
        )
        seat.thread.start()

    def _serve(self, seat: Seat) -> None:
        try:
            if self._tls is not None:
                self._shake_hands(seat, self._tls)
            Connection(
                Wire(seat, answer_s=self._limits.body_s),
                app=self._app,
                answers=self._answers,
                limits=self._limits,
                stopping=self.stopping,
                scheme=self._scheme,
            ).serve()
        except OSError:
            pass  # the client went, or does not speak TLS
        finally:
            seat.client.close()
            self._seats.leave(seat)

    def _shake_hands(self, seat: Seat, tls: ssl.SSLContext) -> None:
        # The handshake waits for the client, and must not keep others from being accepted: it is made in the
        # connection's thread, once `stop` knows the socket that it is made on.
        seat.client = tls.wrap_socket(seat.client, server_side=True, do_handshake_on_connect=False)
        seat.client.settimeout(self._limits.handshake_s)
        seat.is_waiting = True
        seat.client.do_handshake()
        seat.is_waiting = False
        seat.note_progress()

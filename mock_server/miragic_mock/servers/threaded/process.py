"""`miragic-mock serve --server threads`: a process that serves by threads, for faults that need the socket.

Rule: as with Granian, ready means that a request is answered, and a signal ends the process within a second.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Final

from ...control.guard import Guard
from ...engine.injection.doors import THREADS
from ...engine.options import Options, engine_of
from ...wsgi.application import Service
from ..addresses import listen, url_of
from ..descriptors import room_for
from ..tls import TlsFiles, tls_context
from .server import ThreadServer

_LOOK_EVERY_S: Final = 0.5
"""On Windows a wait without end is deaf to Ctrl-C."""


def serve_by_threads(
    options: Options, *, host: str, port: int, tls: TlsFiles | None, ready: Callable[[str], None]
) -> None:
    """Serve until SIGTERM or SIGINT.

    Args:
        options: The mock.
        host: The address to listen on.
        port: The port; 0 picks a free one.
        tls: The files to speak TLS with; None for plain HTTP.
        ready: Called with the URL once a request can be answered.

    Raises:
        MockError: The address cannot be had, or an option cannot be used.
    """
    stopping = threading.Event()
    # Waits of faults and of control calls are waits for `stopping`, so that none outlasts the server.
    engine = engine_of(options, door=THREADS, pause=stopping.wait)
    try:
        with listen(host, port) as listener, _signals() as signalled:
            service = Service(engine, guard=Guard(options.control_token), sleep=stopping.wait)
            room_for(options.settings.limits.connections)
            context = None if tls is None else tls_context(*tls)
            server = ThreadServer(
                service,
                listener,
                answers=service.answer,
                tls=context,
                stopping=stopping,
                limits=options.settings.limits,
            )
            server.start()
            try:
                ready(url_of(*listener.getsockname()[:2], tls=tls is not None))
                while not signalled.wait(_LOOK_EVERY_S):
                    pass
            finally:
                server.stop()
    finally:
        engine.store.close()


@contextmanager
def _signals() -> Iterator[threading.Event]:
    """Give an event that SIGTERM and SIGINT set, for as long as the block lasts."""
    signalled = threading.Event()

    def note(number: int, frame: FrameType | None) -> None:
        signalled.set()

    before = {number: signal.signal(number, note) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield signalled
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)

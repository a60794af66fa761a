"""`miragic-mock serve --server threads`: a process that serves by threads, for faults that need the socket.

Rule: as with the other server, ready means that a request is answered, and a signal ends it within a second.
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
from ..tls import TlsFiles, tls_context
from .server import ThreadServer

_LOOK_EVERY_S: Final = 0.5
"""On Windows a wait without end is deaf to Ctrl-C."""


def serve_by_threads(
    options: Options, *, host: str, port: int, tls: TlsFiles | None, ready: Callable[[str], None]
) -> None:
    """Serve until SIGTERM or SIGINT; `ready` is called with the URL. `port` 0 picks one that is free.

    Raises:
        MockError: the address cannot be had, or an option cannot be used.
    """
    stopping = threading.Event()
    engine = engine_of(options, door=THREADS, pause=stopping.wait)
    try:
        with listen(host, port) as listener, _signals() as told:
            service = Service(engine, guard=Guard(options.control_token), sleep=stopping.wait)
            context = None if tls is None else tls_context(*tls)
            server = ThreadServer(service, listener, answers=service.answer, tls=context, stopping=stopping)
            server.start()
            try:
                ready(url_of(*listener.getsockname()[:2], scheme="http" if tls is None else "https"))
                while not told.wait(_LOOK_EVERY_S):
                    pass
            finally:
                server.stop()
    finally:
        engine.store.close()


@contextmanager
def _signals() -> Iterator[threading.Event]:
    """An event that a signal to end sets, for as long as the context lasts."""
    told = threading.Event()

    def tell(number: int, frame: FrameType | None) -> None:
        told.set()

    before = {number: signal.signal(number, tell) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield told
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)

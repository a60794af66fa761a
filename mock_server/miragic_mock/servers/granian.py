"""Serving a mock by Granian, on a port that is known, with a sign when a request is answered.

Rule: ready means ready. The sign is given after a real request was answered on the very address it names.
"""

from __future__ import annotations

import gc
import http.client
import multiprocessing
import os
import ssl
import tempfile
import threading
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, cast
from urllib.parse import urlsplit

from granian.constants import HTTPModes, Interfaces
from granian.http import HTTP1Settings
from granian.log import LOGGING_CONFIG, LogLevels

from ..control.guard import Guard
from ..control.paths import HEALTH_PATH
from ..engine.injection.doors import GRANIAN
from ..engine.options import Options, engine_of, spec_at
from ..stores.opening import kind_of
from ..stores.scratch import Scratch
from ..wsgi.application import Service
from .access_log import SafeFormatter, access_format
from .addresses import BACKLOG, reserve, url_of
from .descriptors import room_for
from .gate import Gate
from .supervisor import Supervisor

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

    from .tls import TlsFiles

_READY_WITHIN_S: Final = 30.0
_PROBE_EVERY_S: Final = 0.002
_STOP_WITHIN_S: Final = 0.4
"""For calls in flight; with the end of the process after it, a signal is obeyed within a second."""
_THREADS: Final = 4096
"""How many requests a worker may be at, each of which may wait; a thread is made when it is needed."""
_BODIES: Final = _THREADS * 3 // 4
"""How many of them may have a body, for which Granian waits without a limit: the others are for polls."""
_TO_STDERR: Final = {
    "formatters": {
        name: formatter | {"()": SafeFormatter}
        for name, formatter in cast("dict[str, dict[str, Any]]", LOGGING_CONFIG["formatters"]).items()
    },
    "handlers": {
        name: handler | {"stream": "ext://sys.stderr"}
        for name, handler in cast("dict[str, dict[str, str]]", LOGGING_CONFIG["handlers"]).items()
    },
}
"""Granian's logging, made safe, and moved to standard error: standard output is for the ready line."""


def serve(
    options: Options,
    *,
    host: str,
    port: int,
    workers: int,
    tls: TlsFiles | None,
    ready: Callable[[str], None],
    log_level: str = "error",
) -> None:
    """Serve until SIGTERM or SIGINT.

    Args:
        options: The mock.
        host: The address to listen on.
        port: The port; 0 picks a free one.
        workers: The number of processes.
        tls: The files to speak TLS with; None for plain HTTP.
        ready: Called with the URL once a request has been answered.
        log_level: Granian's; from `"info"` on, each request is a line on standard error.

    Raises:
        PortInUseError: The address cannot be had.
    """
    limits = options.settings.limits
    with reserve(host, port) as bound, Scratch() as scratch:
        url = url_of(host, bound, tls=tls is not None)

        def announce() -> None:
            threading.Thread(
                target=_when_ready, args=(url, partial(ready, url)), name="miragic-ready", daemon=True
            ).start()

        Supervisor(
            "miragic_mock",
            address=host,
            port=bound,
            interface=Interfaces.WSGI,
            workers=workers,
            blocking_threads=_THREADS,
            backlog=BACKLOG,
            # Granian's name for how many connections a worker has at once.
            backpressure=room_for(limits.connections),
            # HTTP/2 has limits of its own, and hundreds of requests to a connection.
            http=HTTPModes.http1,
            http1_settings=HTTP1Settings(header_read_timeout=round(limits.head_s * 1000)),
            log_level=LogLevels(log_level),
            log_access=log_level in ("info", "debug"),
            log_access_format=access_format(spec_at(options.spec, options.overlays).api_key_header),
            log_dictconfig=_TO_STDERR,
            workers_kill_timeout=_STOP_WITHIN_S,
            ssl_cert=tls and Path(tls[0]),
            ssl_key=tls and Path(tls[1]),
            after_start=announce,
            is_up=partial(_is_up, scratch),
            keeps_state=kind_of(options.store) != "memory",
        ).serve(target_loader=partial(_load, options, scratch), wrap_loader=False)


def _load(options: Options, scratch: Path) -> WSGIApplication:
    """Make the application, in the worker that will serve it; its temporary files lie in `scratch`."""
    # A worker that is killed cannot clean up itself: its parent does.
    tempfile.tempdir = str(scratch)
    threading.Thread(target=_end_with_parent, name="miragic-orphan", daemon=True).start()
    engine = engine_of(options, door=GRANIAN, counts=scratch)
    service = Service(engine, guard=Guard(options.control_token))
    # What is loaded by now stays: the collector need not look at it again each time a journal has grown.
    gc.freeze()
    _sign_of_life(scratch, os.getpid()).touch()
    return Gate(service, most_bodies=_BODIES)


def _sign_of_life(scratch: Path, pid: int) -> Path:
    return scratch / f"up-{pid}"


def _is_up(scratch: Path, pid: int) -> bool:
    """Return whether a worker got as far as serving."""
    return _sign_of_life(scratch, pid).exists()


def _end_with_parent() -> None:
    """End this worker when its parent is gone.

    If the parent was killed outright, the worker would serve on and hold the port, and nothing would stop it.
    """
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        # sys.exit would end this thread only.
        os._exit(1)


def _when_ready(url: str, ready: Callable[[], None]) -> None:
    """Ask for the mock's health until it answers, then call `ready`."""
    until = time.monotonic() + _READY_WITHIN_S
    while time.monotonic() < until:
        connection = _connection(url)
        try:
            connection.request("GET", HEALTH_PATH)
            connection.getresponse().read()
        except OSError:
            time.sleep(_PROBE_EVERY_S)
        else:
            return ready()
        finally:
            connection.close()


def _connection(url: str) -> http.client.HTTPConnection:
    parts = urlsplit(url)
    if parts.scheme == "http":
        return http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=_READY_WITHIN_S)
    context = ssl.create_default_context()
    # The mock asks itself whether it answers, and its certificate may be for another name.
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return http.client.HTTPSConnection(
        parts.hostname or "", parts.port, timeout=_READY_WITHIN_S, context=context
    )

"""The mock as servers run it: up before Flask is loaded, which comes with the first call that needs it.

Rule: what is answered here is answered as it would be behind Flask.
"""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Iterable
from threading import Lock
from typing import TYPE_CHECKING, Final

from ..control.guard import Guard
from ..engine.engine import REQUEST_ID, Engine
from ..exchange.messages import Answer
from .adapter import LeanPath, request_of, send

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

_CONTROL: Final = "/_mock"
HEALTH_PATH: Final = f"{_CONTROL}/health"
_HEALTH: Final = Answer(200, b'{"status":"ok"}')


class Service:
    """A WSGI application that answers as `engine` does, with the control API beside it.

    `guard` says who may call the control API, None for everybody; `sleep` is how calls wait there, and gives
    true when the server stops.

    Polls, submissions and the question whether the server is up need neither Flask nor the control API: a
    mock that is asked nothing else starts sooner and holds less.
    """

    def __init__(
        self,
        engine: Engine,
        *,
        guard: Guard | None = Guard(),  # noqa: B008  # a frozen value
        sleep: Callable[[float], object] = time.sleep,
    ) -> None:
        self._engine, self._guard, self._sleep = engine, guard, sleep
        self._lean = LeanPath(self._rest, engine)
        self._application: WSGIApplication | None = None
        self._lock = Lock()
        self._numbers = itertools.count(1)

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        return self._lean(environ, start_response)

    def answer(self, environ: WSGIEnvironment) -> Answer | None:
        """Return the API's answer for a server that carries out its `effect` itself.

        None for a request below the control API's prefix: such a server gets it by calling the application.
        """
        if f"{environ['PATH_INFO']}/".startswith(f"{_CONTROL}/"):
            return None
        return self._engine.handle(request_of(environ))

    def _rest(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        if environ["PATH_INFO"] == HEALTH_PATH and environ["REQUEST_METHOD"] == "GET":
            return send(_HEALTH.with_header(REQUEST_ID, f"health-{next(self._numbers)}"), start_response)
        with self._lock:
            application = self._application = self._application or self._made()
        return application(environ, start_response)

    def _made(self) -> WSGIApplication:
        from ..control.api import Control
        from ..control.waiting import Waiting
        from .flask_app import app_of

        control = Control(self._engine, guard=self._guard, waiting=Waiting(sleep=self._sleep))
        return app_of(self._engine, control)

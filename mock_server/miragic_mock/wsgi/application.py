"""The mock as servers run it: up before Flask is loaded, which comes with the first call that needs it.

Rule: what is answered here says the same as it would behind Flask.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from threading import Lock
from typing import TYPE_CHECKING

from ..control.guard import Guard
from ..control.health import Health
from ..control.paths import is_control
from ..engine.engine import Engine
from ..exchange.messages import Answer
from .adapter import LeanPath, broken, request_of, send

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment


class Service:
    """A WSGI application that answers as an engine does, with the control API beside it.

    Polls, submissions and health checks need neither Flask nor the control API: a mock that gets nothing else
    starts sooner and holds less.
    """

    def __init__(
        self,
        engine: Engine,
        *,
        guard: Guard | None = Guard(),  # noqa: B008  # a frozen value
        sleep: Callable[[float], object] = time.sleep,
    ) -> None:
        """Wrap an engine.

        Args:
            engine: The mock.
            guard: Who may call the control API; None for everybody.
            sleep: How calls wait in the control API; a true result says that the server is stopping.
        """
        self._engine, self._guard, self._sleep = engine, guard, sleep
        self._health = Health()
        self._lean = LeanPath(self._beside_lean_path, engine)
        self._application: WSGIApplication | None = None
        self._lock = Lock()

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request (PEP 3333)."""
        return self._lean(environ, start_response)

    def answer(self, environ: WSGIEnvironment) -> Answer | None:
        """Return the API's answer for a server that carries out its `effect` itself.

        None for a request of the control API: such a server gets its answer by calling the application.
        """
        if is_control(environ["PATH_INFO"]):
            return None
        try:
            return self._engine.handle(request_of(environ))
        except Exception as error:  # beside the engine, which has its own last catch
            return broken(self._engine, environ, error)

    def _beside_lean_path(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        health = self._health.answer(environ["REQUEST_METHOD"], environ["PATH_INFO"])
        if health is not None:
            return send(health, start_response)
        # Of two applications made at once each would let as many calls wait as one alone should.
        with self._lock:
            application = self._application = self._application or self._flask_application()
        return application(environ, start_response)

    def _flask_application(self) -> WSGIApplication:
        # Imported here, since Flask and the control API's libraries hold 12 MiB that few mocks ever need.
        from ..control.api import Control
        from ..control.waiting import Waiting
        from .flask_app import app_of

        control = Control(self._engine, guard=self._guard, waiting=Waiting(sleep=self._sleep))
        return app_of(self._engine, control)

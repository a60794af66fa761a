"""The engine behind WSGI: a Flask application, and the lean path in front of it.

Rule: nothing is decided here. A view makes a `Request` of the environment and a response of the `Answer`.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from flask import Flask, Response, request
from miragic_contracts.spec import Spec, load_spec
from werkzeug.exceptions import MethodNotAllowed, NotFound

from . import transcripts
from .engine import Engine
from .settings import Settings
from .stores import Store, open_store
from .tenants import SERVER, Tenant
from .wsgi import LeanPath, request_of

__all__ = ["app_of", "create_app"]


def create_app(
    *,
    spec: Spec | None = None,
    store: Store | None = None,
    settings: Settings = Settings(),  # noqa: B008  # a frozen value
    server: Tenant = Tenant(SERVER),  # noqa: B008  # a frozen value
    clock: Callable[[], float] = time.time,
    text_of: transcripts.Source = transcripts.seeded,
) -> Flask:
    """A mock as a WSGI application; `app.extensions["miragic_mock"]` is its engine.

    `spec` None is the contract that comes with this package, `store` None a new one in memory. `server` is
    the tenant whose clock, plan, scenario and seed underlie all others. `clock` gives real epoch seconds.
    """
    return app_of(
        Engine(
            spec=load_spec() if spec is None else spec,
            store=open_store() if store is None else store,
            settings=settings,
            server=server,
            clock=clock,
            text_of=text_of,
        )
    )


def app_of(engine: Engine) -> Flask:
    """A WSGI application that answers as `engine` does.

    Its URL rules are the contract's operations; what no rule takes is refused by the engine, too, so that a
    404 and a 405 are the contract's documents.
    """
    app = Flask("miragic_mock", static_folder=None)
    app.extensions["miragic_mock"] = engine
    app.url_map.merge_slashes = False

    def api(*_: object, **__: object) -> Response:
        answer = engine.handle(request_of(request.environ))
        body = [answer.body] if isinstance(answer.body, bytes) else answer.body
        return Response(body, answer.status, headers=list(answer.headers))

    for operation in engine.spec.operations.values():
        rule = operation.path.replace("{", "<").replace("}", ">")
        app.add_url_rule(rule, operation.id, api, methods=[operation.method], provide_automatic_options=False)
    app.register_error_handler(NotFound, api)
    app.register_error_handler(MethodNotAllowed, api)
    app.wsgi_app = LeanPath(app.wsgi_app, engine)  # type: ignore[method-assign]  # Flask's way to add middleware
    return app

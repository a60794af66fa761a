"""The engine behind WSGI: a Flask application, and the lean path in front of it.

Rule: nothing is decided here. A view makes a `Request` of the environment and a response of the `Answer`.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

from flask import Blueprint, Flask, Response, request
from miragic_contracts.spec import Spec, load_spec
from werkzeug.exceptions import HTTPException

from ..control.api import Control
from ..control.guard import Guard
from ..control.paths import PREFIX, is_control
from ..domain.settings import Settings
from ..domain.tenants import SERVER, Tenant
from ..engine import transcripts
from ..engine.engine import Engine
from ..exchange.messages import Answer
from ..stores import Store, open_store
from .adapter import LeanPath, handled, request_of

_METHODS: Final = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT")


def create_app(
    *,
    spec: Spec | None = None,
    store: Store | None = None,
    settings: Settings = Settings(),  # noqa: B008  # a frozen value
    server: Tenant = Tenant(SERVER),  # noqa: B008  # a frozen value
    clock: Callable[[], float] = time.time,
    text_of: transcripts.Source = transcripts.seeded,
    guard: Guard | None = Guard(),  # noqa: B008  # a frozen value
) -> Flask:
    """A mock as a WSGI application; `app.extensions["miragic_mock"]` is its engine.

    `spec` None is the contract that comes with this package, `store` None a new one in memory. `server` is
    the tenant whose clock, plan, scenario and seed underlie all others. `clock` gives real epoch seconds.
    `guard` says who may call the control API, None for everybody.
    """
    engine = Engine(
        spec=load_spec() if spec is None else spec,
        store=open_store() if store is None else store,
        settings=settings,
        server=server,
        clock=clock,
        text_of=text_of,
    )
    return app_of(engine, Control(engine, guard=guard))


def app_of(engine: Engine, control: Control) -> Flask:
    """A WSGI application that answers as `engine` does, with the control API beside it.

    Its URL rules are the contract's operations and the control API's prefix. What Flask itself would refuse
    (another path, another method, a Host that is none) is refused by whoever has the path, in its own shape.
    """
    app = Flask("miragic_mock", static_folder=None)
    app.extensions["miragic_mock"] = engine
    # A defect of ours is the server's to tell: what Flask makes of one would be answered by `refused`, which
    # does the work once more.
    app.config["PROPAGATE_EXCEPTIONS"] = True
    app.url_map.merge_slashes = app.url_map.strict_slashes = False

    def api(**_: object) -> Response:
        return _response(handled(engine, request.environ))

    def steer(**_: object) -> Response:
        return _response(control.handle(request_of(request.environ)))

    def refused(_: HTTPException) -> Response:
        return steer() if is_control(request.path) else api()

    for operation in engine.spec.operations.values():
        rule = operation.path.replace("{", "<").replace("}", ">")
        app.add_url_rule(rule, operation.id, api, methods=[operation.method], provide_automatic_options=False)
    app.register_blueprint(_control_blueprint(steer))
    app.register_error_handler(HTTPException, refused)
    app.wsgi_app = LeanPath(app.wsgi_app, engine)  # type: ignore[method-assign]  # Flask's way to add middleware
    return app


def _control_blueprint(view: Callable[..., Response]) -> Blueprint:
    blueprint = Blueprint("control", __name__, url_prefix=PREFIX)
    for name, rule in (("root", "/"), ("below", "/<path:rest>")):
        blueprint.add_url_rule(rule, name, view, methods=_METHODS, provide_automatic_options=False)
    return blueprint


def _response(answer: Answer) -> Response:
    body = [answer.body] if isinstance(answer.body, bytes) else answer.body
    return Response(body, answer.status, headers=list(answer.headers))

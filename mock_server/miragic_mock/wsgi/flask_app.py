"""The engine and the control API as a Flask application.

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
from ..engine.engine import Engine
from ..exchange.messages import Answer
from ..stores import Store, open_store
from ..transcripts.made_up import seeded
from ..transcripts.sources import Source
from .adapter import LeanPath, handled, request_of

_METHODS: Final = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT")


def create_app(
    *,
    spec: Spec | None = None,
    store: Store | None = None,
    settings: Settings = Settings(),  # noqa: B008  # a frozen value
    server: Tenant = Tenant(SERVER),  # noqa: B008  # a frozen value
    clock: Callable[[], float] = time.time,
    text_of: Source = seeded,
    guard: Guard | None = Guard(),  # noqa: B008  # a frozen value
) -> Flask:
    """Make a whole mock as a Flask application, with the lean path in front of it.

    `app.extensions["miragic_mock"]` is its engine.

    Args:
        spec: The contract; None for the one that comes with this package.
        store: Where state is kept; None for a new store in memory.
        settings: The switches.
        server: The tenant whose clock, plan, scenario and seed underlie those of all others.
        clock: Gives real epoch seconds.
        text_of: Where transcriptions come from when no plan gives one.
        guard: Who may call the control API; None for everybody.
    """
    engine = Engine(
        spec=load_spec() if spec is None else spec,
        store=open_store() if store is None else store,
        settings=settings,
        server=server,
        clock=clock,
        text_of=text_of,
    )
    app = app_of(engine, Control(engine, guard=guard))
    app.wsgi_app = LeanPath(app.wsgi_app, engine)  # type: ignore[method-assign]  # Flask's way to add middleware
    return app


def app_of(engine: Engine, control: Control) -> Flask:
    """Make a Flask application that answers as an engine does, with the control API beside it.

    Its URL rules are the contract's operations and the control API's prefix. What Flask itself would refuse
    (another path, another method, an invalid Host) is refused by the engine or the control API, in its own
    shape. Every request goes through Flask: the caller puts the lean path in front, or `create_app` does.
    """
    app = Flask("miragic_mock", static_folder=None)
    app.extensions["miragic_mock"] = engine
    # A defect of ours is the server's to report. Flask would make an exception of it that `refused` answers,
    # which does the work a second time.
    app.config["PROPAGATE_EXCEPTIONS"] = True
    # Werkzeug would redirect `//` and a missing slash; the engine has to see the path as it was sent.
    app.url_map.merge_slashes = app.url_map.strict_slashes = False

    def api(**_: object) -> Response:
        return _response(handled(engine, request.environ))

    def steer(**_: object) -> Response:
        asked = request_of(request.environ)._replace(remote=request.environ.get("REMOTE_ADDR", ""))
        return _response(control.handle(asked))

    def refused(_: HTTPException) -> Response:
        return steer() if is_control(request.path) else api()

    for operation in engine.spec.operations.values():
        rule = operation.path.replace("{", "<").replace("}", ">")
        # Flask's own OPTIONS would name the methods of its rule, and know nothing of keys and journals.
        app.add_url_rule(rule, operation.id, api, methods=[operation.method], provide_automatic_options=False)
    app.register_blueprint(_control_blueprint(steer))
    app.register_error_handler(HTTPException, refused)
    return app


def _control_blueprint(view: Callable[..., Response]) -> Blueprint:
    blueprint = Blueprint("control", __name__, url_prefix=PREFIX)
    for name, rule in (("root", "/"), ("below", "/<path:rest>")):
        blueprint.add_url_rule(rule, name, view, methods=_METHODS, provide_automatic_options=False)
    return blueprint


def _response(answer: Answer) -> Response:
    body = [answer.body] if isinstance(answer.body, bytes) else answer.body
    return Response(body, answer.status, headers=list(answer.headers))

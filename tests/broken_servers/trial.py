"""Checks of an application in this process, on virtual time: the mock, whole or spoilt."""

from __future__ import annotations

import dataclasses
import functools
import io
from collections.abc import Callable
from typing import TYPE_CHECKING

from miragic_contracts.checker import PROFILES, Report, Terms, check, prepare
from miragic_contracts.checker.conversation import say_nothing
from miragic_contracts.drivers import wsgi_driver
from miragic_contracts.rules import Rulebook
from miragic_contracts.spec import Spec, load_spec
from miragic_contracts.trace import Exchange
from miragic_mock.domain.settings import Settings
from miragic_mock.domain.tenants import tenant_id
from miragic_mock.stores import Bounds, Store, open_store
from miragic_mock.wsgi.flask_app import create_app

from tests.broken_servers.virtual_time import VirtualTime

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

KEY = "miragic-test-key-first-0001"
SECOND_KEY = "miragic-test-key-second-0002"

# Long enough for several looks while pending, so that a fault in the middle of a job's life can be seen.
USUAL_PLAN = "done-after=25s"
FAILED_PLAN = "done-after=18s; outcome=failed"
PLANS = (USUAL_PLAN, FAILED_PLAN)

Wrap = Callable[["WSGIApplication"], "WSGIApplication"]


def unchanged(application: WSGIApplication) -> WSGIApplication:
    """No mutation: the server as it is."""
    return application


@functools.cache
def contract() -> Spec:
    return load_spec()


@functools.cache
def rulebook() -> Rulebook:
    return Rulebook(contract())


def sound_server(
    time: VirtualTime,
    store: Store,
    settings: Settings = Settings(),  # noqa: B008  # frozen
    plans: tuple[str, str] = PLANS,
    spec: Spec | None = None,
) -> WSGIApplication:
    """The mock, with two accounts and jobs that take a while; what is no audio fails."""
    keys = frozenset({tenant_id(KEY), tenant_id(SECOND_KEY)})
    settings = dataclasses.replace(settings, known_tenants=keys)
    application = create_app(spec=spec or contract(), store=store, settings=settings, clock=time.now)
    return _planned(application, plans)


def check_server(
    wrap: Wrap = unchanged,
    *,
    settings: Settings = Settings(),  # noqa: B008  # frozen
    seed: int = 1,
    profile: str = "live",
    timeout_s: float = 60.0,
    has_second_key: bool = True,
    plans: tuple[str, str] = PLANS,
    time: VirtualTime | None = None,
    terms: Terms | None = None,
    on_exchange: Callable[[Exchange], None] = say_nothing,
    spec: Spec | None = None,
) -> Report:
    """Check a server that `wrap` made of the sound one.

    `plans` are how jobs go, and jobs of what is no audio; `spec` is a contract that is not the checkout's.
    """
    time = time or VirtualTime()
    second = SECOND_KEY if has_second_key else None
    store = open_store(bounds=Bounds(blob_bytes=1))  # nobody fetches an upload back
    driver = wsgi_driver(wrap(sound_server(time, store, settings, plans, spec)), key=KEY, second_key=second)
    preparation = prepare(
        spec or contract(),
        PROFILES[profile],
        terms or Terms(timeout_s),
        seed=seed,
        has_second_key=has_second_key,
    )
    try:
        return check(
            driver,
            Rulebook(spec) if spec else rulebook(),
            preparation,
            clock=time.clock,
            on_exchange=on_exchange,
        )
    finally:
        driver.close()
        store.close()


def _planned(application: WSGIApplication, plans: tuple[str, str]) -> WSGIApplication:
    """Tells the mock, by header, how each job is to go."""

    def planned(environ: WSGIEnvironment, start_response: StartResponse) -> object:
        body = environ["wsgi.input"].read()
        environ["wsgi.input"] = io.BytesIO(body)
        plan = plans[b'filename="not-audio' in body]
        plan = environ.get("HTTP_X_WISHED_PLAN", plan)
        return application({**environ, "HTTP_X_MOCK_PLAN": plan}, start_response)

    return planned  # type: ignore[return-value]  # the iterable of whichever application is inside

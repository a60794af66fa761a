"""A mock within this process, made from options: what `intercept` and `MockServer` have in common.

Rule: nothing here knows how clients reach the mock; that is the matter of those two.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from os import fspath
from typing import Final

from ..control.api import Control
from ..control.client import within
from ..control.guard import Guard
from ..control.readers import read_faults, read_plan
from ..domain.settings import Settings
from ..domain.tenants import SERVER, Tenant
from ..engine.engine import Engine
from ..engine.injection.doors import Door
from ..engine.options import Options, engine_of, spec_at
from ..language.clocks import parse_clock
from ..language.rates import parse_rate
from ..wsgi.application import Service
from .mock import Mock
from .options import API_KEY, MockOptions

_SETTINGS: Final = Settings()


@dataclass(frozen=True, slots=True)
class InProcess:
    """A mock of this process, by all the ways into it.

    Attributes:
        engine: The mock itself.
        app: It as a WSGI application.
        control: Its control API, which lets everybody in.
        mock: The mock in hand.
    """

    engine: Engine
    app: Service
    control: Control
    mock: Mock


def open_mock(
    door: Door,
    options: MockOptions,
    *,
    url: str,
    pause: Callable[[float], object],
    guard: Guard | None = None,
    sleep: Callable[[float], object] = time.sleep,
) -> InProcess:
    """Make a mock.

    Args:
        door: How clients will reach it, which decides what faults there can be.
        options: What it is like.
        url: Where clients will reach it.
        pause: How a fault waits.
        guard: Who may call its control API over HTTP; None for everybody.
        sleep: How calls wait in its control API over HTTP.

    Raises:
        MockError: An option cannot be used.
    """
    clock = options.get("real_clock", time.time)
    engine = engine_of(
        Options(
            spec=_spec_path(options),
            store=options.get("store", "memory:"),
            settings=_settings(options),
            server=_server(options, door, clock()),
            transcription=options.get("transcription"),
        ),
        door=door,
        pause=pause,
        clock=clock,
    )
    app = Service(engine, guard=guard, sleep=sleep)
    # A second control API beside the one that `app` makes when it is first called over HTTP: this one lets
    # the test in without a token.
    control = Control(engine)

    def now(owner: str | None) -> float | None:
        return engine.tenancy.time_of(owner or SERVER, engine.now())

    # The time is looked up directly: a client with the mock's clock asks for it several times for each poll.
    mock = Mock(url=url, api_key=API_KEY, ask=within(control, base_url=url), app=app, now=now)
    if "api_key" in options:
        mock = mock.tenant(api_key=options["api_key"])
    return InProcess(engine, app, control, mock)


def server_url(options: MockOptions) -> str:
    """Return the address of the live API, from the contract."""
    return spec_at(_spec_path(options)).server_url.rstrip("/")


def _spec_path(options: MockOptions) -> str | None:
    path = options.get("spec")
    return None if path is None else fspath(path)


def _settings(options: MockOptions) -> Settings:
    settings = options.get("settings", _SETTINGS)
    if "credits" in options:
        settings = replace(settings, credits=options["credits"])
    if "rate_limit" in options:
        settings = replace(settings, rate_limit=parse_rate(options["rate_limit"]))
    return settings


def _server(options: MockOptions, door: Door, now: float) -> Tenant:
    return Tenant(
        SERVER,
        name="server",
        created_at=now,
        clock=parse_clock(options.get("clock", "real"), now),
        seed=options.get("seed", 0),
        link_secret=options.get("link_secret", ""),
        plan=read_plan(options.get("plan", ""), door),
        scenario=options.get("scenario", ""),
        faults=read_faults(options.get("faults", ()), door),
        faults_since=now,
        is_declared=True,
    )

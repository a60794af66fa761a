"""A mock within this process, made from options: what `intercept` and `MockServer` have in common.

Rule: nothing here knows how clients get to the mock; that is the door's matter.
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
from ..language.scenario import parse_scenario
from ..wsgi.application import Service
from .mock import Mock
from .options import API_KEY, MockOptions

_SETTINGS: Final = Settings()


@dataclass(frozen=True, slots=True)
class InProcess:
    """A mock: its engine, its WSGI application, its control API for this process, and the mock in hand."""

    engine: Engine
    app: Service
    control: Control
    mock: Mock


def open_mock(
    door: Door,
    given: MockOptions,
    *,
    url: str,
    pause: Callable[[float], object],
    guard: Guard | None = None,
    sleep: Callable[[float], object] = time.sleep,
) -> InProcess:
    """The mock that was asked for, reached at `url`, behind `door`, which waits by `pause`; `guard` and
    `sleep` are those of its control API over HTTP (`Service`).

    Raises:
        MockError: an option cannot be used.
    """
    clock = given.get("real_clock", time.time)
    spec = given.get("spec")
    engine = engine_of(
        Options(
            spec=None if spec is None else fspath(spec),
            store=given.get("store", "memory:"),
            settings=_settings(given),
            server=_server(given, door, clock()),
            transcription=given.get("transcription"),
        ),
        door=door,
        pause=pause,
        clock=clock,
    )
    app = Service(engine, guard=guard, sleep=sleep)
    control = Control(engine)

    def now(owner: str | None) -> float | None:
        return engine.tenancy.time_of(owner or SERVER, engine.clock())

    mock = Mock(url=url, api_key=API_KEY, ask=within(control, base_url=url), app=app, now=now)
    if "api_key" in given:
        mock = mock.tenant(api_key=given["api_key"])
    return InProcess(engine, app, control, mock)


def server_url(given: MockOptions) -> str:
    """The address of the live API, from the contract."""
    spec = given.get("spec")
    return spec_at(None if spec is None else fspath(spec)).server_url.rstrip("/")


def _settings(given: MockOptions) -> Settings:
    settings = given.get("settings", _SETTINGS)
    if "credits" in given:
        settings = replace(settings, credits=given["credits"])
    if "rate_limit" in given:
        settings = replace(settings, rate_limit=parse_rate(given["rate_limit"]))
    return settings


def _server(given: MockOptions, door: Door, now: float) -> Tenant:
    scenario = given.get("scenario", "")
    parse_scenario(scenario)
    return Tenant(
        SERVER,
        name="server",
        created_at=now,
        clock=parse_clock(given.get("clock", "real"), now),
        seed=given.get("seed", 0),
        plan=read_plan(given.get("plan", ""), door),
        scenario=scenario,
        faults=read_faults(given.get("faults", ()), door),
        faults_since=now,
        is_declared=True,
    )

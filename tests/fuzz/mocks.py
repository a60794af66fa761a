"""The mocks that the fuzzers talk to: one in this process, and one on a socket."""

from __future__ import annotations

from functools import cache
from io import BytesIO
from typing import Final

from miragic_contracts.spec import load_spec
from miragic_mock import MockServer
from miragic_mock.control.api import Control
from miragic_mock.control.waiting import Waiting
from miragic_mock.engine.engine import Engine
from miragic_mock.exchange.messages import Answer, Request
from miragic_mock.stores import Bounds, open_store

KEY: Final = "fuzz"
_SERVERS: Final[list[MockServer]] = []


class Headers:
    """The headers of a request, by name in any case."""

    def __init__(self, headers: dict[str, str]) -> None:
        self._headers = {name.lower(): value for name, value in headers.items()}

    def get(self, name: str, /) -> str | None:
        return self._headers.get(name.lower())


@cache
def engine() -> Engine:
    """A mock that keeps little and never waits, however long the fuzzers run."""
    store = open_store(bounds=Bounds(jobs=50, tenants=50, journal=20, blobs_bytes=1_000_000))
    return Engine(spec=load_spec(), store=store, pause=lambda seconds: None)


@cache
def control() -> Control:
    """The control API of that mock, in which nobody waits."""
    return Control(engine(), waiting=Waiting(sleep=lambda seconds: True))


def request(method: str, path: str, body: bytes = b"", *, query: str = "", **headers: str) -> Request:
    """Return a request of a good client, whose headers are named with underscores here."""
    named = {"X-API-Key": KEY} | {name.replace("_", "-"): value for name, value in headers.items()}
    return Request(method, path, Headers(named), BytesIO(body), len(body), query=query)


def submitted(form: bytes, content_type: str, **headers: str) -> Answer:
    """Return the answer to a submission."""
    spec = engine().spec
    return engine().handle(request("POST", spec.submit.path, form, Content_Type=content_type, **headers))


@cache
def address() -> tuple[str, int]:
    """Where a mock listens that reads HTTP by threads, until `stop`."""
    _SERVERS.append(MockServer())
    host, _, port = _SERVERS[-1].start().url.rpartition("//")[2].rpartition(":")
    return host, int(port)


def stop() -> None:
    """Stop the mock that listens."""
    address.cache_clear()
    while _SERVERS:
        _SERVERS.pop().stop()

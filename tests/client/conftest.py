"""What the client tests share: time that is ours, a scripted server, a server made of a socket, audio."""

from __future__ import annotations

import io
import wave
from collections.abc import Callable, Iterator

import pytest

from tests.client.sockets import Connection, Wire
from tests.client.stage import Stage, World


@pytest.fixture
def wire() -> Iterator[Callable[..., Wire]]:
    """Makes a server made of a socket: `wire(handler, ...)`; it is closed after the test."""
    made: list[Wire] = []

    def make(*handlers: Callable[[Connection], object]) -> Wire:
        made.append(Wire(handlers))
        return made[-1]

    yield make
    for server in made:
        server.close()
        assert not server.problems, server.problems


@pytest.fixture(scope="session")
def wav() -> bytes:
    """A tenth of a second of silence."""
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as audio:
        audio.setnchannels(1)
        audio.setsampwidth(2)
        audio.setframerate(8000)
        audio.writeframes(bytes(1600))
    return buffer.getvalue()


@pytest.fixture
def stage() -> Stage:
    """A client, its server and their time."""
    return Stage(World())


@pytest.fixture(autouse=True)
def no_settings_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test depends on the environment it is run in."""
    monkeypatch.delenv("MIRAGIC_API_KEY", raising=False)
    monkeypatch.delenv("MIRAGIC_BASE_URL", raising=False)

"""What a server runs: up before Flask is there, and no other mock than the one behind Flask."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest
from miragic_mock.control.api import Control
from miragic_mock.control.guard import Guard
from miragic_mock.wsgi.application import HEALTH_PATH, Service
from miragic_mock.wsgi.flask_app import app_of
from werkzeug.test import EnvironBuilder, run_wsgi_app

UNLOADED = ("flask", "werkzeug", "miragic_mock.control.api", "jsonschema_rs", "prometheus_client", "tinytag")

CALLS = [
    pytest.param("GET", HEALTH_PATH, {}, id="health"),
    pytest.param("HEAD", HEALTH_PATH, {}, id="health without a body"),
    pytest.param("POST", HEALTH_PATH, {}, id="health by another method"),
    pytest.param("GET", "/_mock/", {}, id="the state, without the token"),
    pytest.param("GET", "/_mock/", {"Authorization": "Bearer s3cret"}, id="the state"),
    pytest.param("GET", "/_mock/nothing", {}, id="nothing of the control API"),
    pytest.param("GET", "/nothing", {}, id="nothing"),
    pytest.param("OPTIONS", "/api/v1/speech-to-text/generate", {}, id="options"),
]


@pytest.mark.parametrize(("method", "path", "headers"), CALLS)
def test_the_short_way_answers_as_the_long_one(
    make_api: Callable[..., Any], method: str, path: str, headers: dict[str, str]
) -> None:
    """The same status, headers and body, but for the number of the request."""

    def answer_of(service: Any) -> tuple[str, list[tuple[str, str]], bytes]:
        environ = EnvironBuilder(method=method, path=path, headers=headers).get_environ()
        pieces, status, answered = run_wsgi_app(service, environ)
        others = [(name, value) for name, value in answered.items() if name != "X-Request-Id"]
        assert len(others) == len(answered) - 1
        return status.upper(), sorted(others), b"".join(pieces)

    engine = make_api().engine
    long_way = app_of(engine, Control(engine, guard=Guard("s3cret")))
    assert answer_of(Service(engine, guard=Guard("s3cret"))) == answer_of(long_way)


def test_health_checks_are_numbered(make_api: Callable[..., Any]) -> None:
    """Two answers of one process have two request ids."""
    service = Service(make_api().engine)
    environ = EnvironBuilder(path=HEALTH_PATH).get_environ
    ids = [run_wsgi_app(service, environ())[2]["X-Request-Id"] for _ in range(3)]
    assert len(set(ids)) == 3


def test_a_wait_sleeps_as_the_server_says(make_api: Callable[..., Any]) -> None:
    """A server that stops ends the calls that wait."""
    api = make_api().as_("k")
    job_id = api.submitted("done=never")
    service = Service(api.engine, sleep=lambda _: True)
    path = f"/_mock/wait?job={job_id}&until=terminal"
    environ = EnvironBuilder(path=path, headers={"X-API-Key": "k"}).get_environ()
    _, status, _ = run_wsgi_app(service, environ)
    assert status.startswith("503")


PROGRAM = f"""
import io, sys
import miragic_mock.cli.serve
from miragic_mock.engine.options import Options, engine_of
from miragic_mock.wsgi.application import Service
service = Service(engine_of(Options()))
seen = []
def ask(method, path):
    environ = {{"REQUEST_METHOD": method, "PATH_INFO": path, "QUERY_STRING": "", "HTTP_X_API_KEY": "k",
        "SERVER_NAME": "localhost", "SERVER_PORT": "80", "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(), "wsgi.input_terminated": True}}
    b"".join(service(environ, lambda status, headers: seen.append(status[:3])))
ask("GET", "{HEALTH_PATH}")
ask("GET", "/api/v1/speech-to-text/jobs/1")
ask("POST", "/api/v1/speech-to-text/generate")
print(seen, [name for name in {UNLOADED!r} if name in sys.modules])
"""


def test_a_mock_that_is_up_has_not_loaded_what_it_may_never_need() -> None:
    """Flask, the control API and the libraries of rarer requests come when they are needed."""
    ran = subprocess.run(
        [sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True, timeout=60
    )
    assert ran.stdout.strip() == "['200', '404', '415'] []"

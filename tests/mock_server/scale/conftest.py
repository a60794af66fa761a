"""What the tests of several processes share: mocks as they are deployed, and a client for any of them."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import requests
from miragic_mock import Mock, connect

SUBMIT, POLL = "/api/v1/speech-to-text/generate", "/api/v1/speech-to-text/jobs/"
AT_ONCE = 8
STOP_WITHIN_S = 10


@dataclass(frozen=True)
class Served:
    """A served mock: where it is, and its process, which leads a group of its own."""

    url: str
    process: subprocess.Popen[str]

    def kill(self) -> None:
        """End it and its workers at once, as a crash would."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(STOP_WITHIN_S)


@contextmanager
def serving(*options: str, log: Path) -> Iterator[Served]:
    command = [sys.executable, "-m", "miragic_mock", "serve", "--port", "0", "--json", *options]
    # What a killed process leaves behind lies where pytest clears up.
    env = {**os.environ, "TMPDIR": str(log.parent)}
    with (
        log.open("ab") as stderr,
        subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=stderr, text=True, start_new_session=True, env=env
        ) as process,
    ):
        try:
            assert process.stdout is not None
            ready = process.stdout.readline()
            assert ready, f"it ended with {process.wait()}: {log.read_text(errors='replace')}"
            yield Served(json.loads(ready)["url"], process)
        finally:
            process.terminate()
            process.communicate(timeout=STOP_WITHIN_S)
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)


@pytest.fixture(scope="session")
def serve(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., AbstractContextManager[Served]]:
    """Runs `miragic-mock serve` with some options, until the `with` block ends."""
    log = tmp_path_factory.mktemp("scale") / "stderr.txt"

    def start(*options: str) -> AbstractContextManager[Served]:
        return serving(*options, log=log)

    return start


@dataclass(frozen=True)
class Deployment:
    """A mock however it is deployed; `processes` is how many answer at its URL."""

    url: str
    whole: Mock
    processes: int

    def tenant(self, **wanted: Any) -> Client:
        return Client(self.whole.tenant(**wanted))


@dataclass(frozen=True)
class Client:
    """A client of one tenant; every request is a connection of its own, so any process may get it."""

    mock: Mock

    def submit(self, plan: str = "done=never", *, content: bytes = b"sound") -> requests.Response:
        return requests.post(
            self.mock.url + SUBMIT,
            files={"file": ("a.mp3", content)},
            data={"audio_format": "mp3"},
            headers={"X-API-Key": self.mock.api_key, "X-Mock-Plan": plan},
            timeout=30,
        )

    def submitted(self, plan: str = "done=never", **more: Any) -> str:
        answer = self.submit(plan, **more)
        assert answer.status_code == 201, answer.text
        return str(answer.json()["data"]["jobId"])

    def poll(self, job_id: str) -> requests.Response:
        headers = {"X-API-Key": self.mock.api_key}
        return requests.get(self.mock.url + POLL + job_id, headers=headers, timeout=30)

    def job(self, job_id: str) -> dict[str, Any]:
        answer = self.poll(job_id)
        assert answer.status_code == 200, answer.text
        data: dict[str, Any] = answer.json()["data"]
        return data

    def at_once(self, n: int, call: Callable[[], Any]) -> list[Any]:
        """Make `n` calls from several threads together, and return what they give."""
        with ThreadPoolExecutor(AT_ONCE) as pool:
            return list(pool.map(lambda _: call(), range(n)))


@pytest.fixture(scope="module", params=["memory, one process", "SQLite, four workers", "Redis, two replicas"])
def deployment(
    request: pytest.FixtureRequest,
    serve: Callable[..., AbstractContextManager[Served]],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Deployment]:
    """The mock in each of the ways it is deployed; the replicas stand behind nginx."""
    with ExitStack() as stack:
        folder = tmp_path_factory.mktemp("deployment")
        processes = 1
        if request.param.startswith("memory"):
            url = stack.enter_context(serve()).url
        elif request.param.startswith("SQLite"):
            store = f"sqlite:///{(folder / 'mock.db').as_posix()}"
            processes = 4
            url = stack.enter_context(serve("--workers", str(processes), "--store", store)).url
        else:
            nginx = program("nginx", "nginx-light")
            redis_url = request.getfixturevalue("redis_url")
            processes = 2
            replicas = [stack.enter_context(serve("--store", redis_url)) for _ in range(processes)]
            addresses = [replica.url.removeprefix("http://") for replica in replicas]
            url = stack.enter_context(balanced(nginx, folder, addresses))
        yield Deployment(url, stack.enter_context(connect(url)), processes)


def program(name: str, package: str) -> str:
    """The path of a program; without it the test skips, and under CI it fails."""
    path = shutil.which(name, path=f"{os.environ.get('PATH', '')}{os.pathsep}/usr/sbin")
    if path is None:
        reason = f"{name} is not on PATH: install the distribution's {package} package"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    return path


NGINX = """\
daemon off;
pid {folder}/nginx.pid;
error_log stderr;
{user}
events {{ worker_connections 256; }}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    client_max_body_size 0;
    proxy_request_buffering off;
    upstream mocks {{ {servers} }}
    server {{
        listen {address};
        location / {{
            proxy_pass http://mocks;
            proxy_set_header Host $http_host;
        }}
    }}
}}
"""


@contextmanager
def balanced(nginx: str, folder: Path, addresses: list[str]) -> Iterator[str]:
    """The URL of an nginx that hands each request to the next of the addresses.

    It is given a socket that listens already, as a newer nginx gets it from an older one: so no port is lost
    to somebody else, and nobody has to wait until it is ready.
    """
    with socket.create_server(("127.0.0.1", 0)) as listener:
        address = "{}:{}".format(*listener.getsockname())
        config = folder / "nginx.conf"
        servers = " ".join(f"server {each};" for each in addresses)
        user = "user root;" if os.geteuid() == 0 else ""
        config.write_text(NGINX.format(folder=folder, user=user, servers=servers, address=address))
        command = [nginx, "-p", str(folder), "-c", str(config)]
        process = subprocess.Popen(
            command,
            env=os.environ | {"NGINX": f"{listener.fileno()};"},
            pass_fds=[listener.fileno()],
            stderr=subprocess.PIPE,
            text=True,
        )
        try:
            yield f"http://{address}"
        finally:
            process.terminate()
            _, errors = process.communicate(timeout=STOP_WITHIN_S)
            assert "[emerg]" not in errors, errors

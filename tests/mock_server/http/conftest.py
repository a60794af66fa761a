"""What the tests of the mock's HTTP rooms share: a mock on a clock that stands still, and a client for it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from miragic_contracts.spec import Spec, default_spec_path, load_spec
from miragic_mock.engine.engine import Engine
from miragic_mock.stores import open_store
from miragic_mock.wsgi.flask_app import create_app
from urllib3 import encode_multipart_formdata
from werkzeug.test import TestResponse

KEY = "a-key"
BOUNDARY = "the-same-each-time"
START = 1_767_265_200.0
"""2026-01-01T11:00:00Z."""


@dataclass
class Time:
    """Real time, as far as the mock under test knows."""

    now: float = START

    def __call__(self) -> float:
        return self.now

    def pass_s(self, seconds: float) -> None:
        self.now += seconds


@dataclass
class Api:
    """A client of one mock, which knows the paths from the mock's own contract."""

    app: Flask
    time: Time
    key: str = KEY
    client: Any = field(init=False)

    def __post_init__(self) -> None:
        self.client = self.app.test_client()

    @property
    def engine(self) -> Engine:
        engine: Engine = self.app.extensions["miragic_mock"]
        return engine

    @property
    def spec(self) -> Spec:
        return self.engine.spec

    def headers(self, plan: str | None = None) -> dict[str, str]:
        headers = {self.spec.api_key_header: self.key}
        return headers if plan is None else headers | {"X-Mock-Plan": plan}

    def submit(
        self,
        plan: str | None = None,
        *,
        content: bytes = b"RIFF, or so",
        name: str = "hello.mp3",
        fields: dict[str, str] | None = None,
    ) -> TestResponse:
        """Submits a recording as an ordinary client would; `fields` replaces the form's texts."""
        form: dict[str, Any] = {"audio_format": "mp3"} if fields is None else dict(fields)
        body, content_type = encode_multipart_formdata(form | {"file": (name, content)}, BOUNDARY)
        headers = self.headers(plan) | {"Content-Type": content_type}
        return self.client.post(self.spec.submit.path, data=body, headers=headers)

    def submitted(self, plan: str | None = None, **more: Any) -> str:
        """The id of a job that was just submitted."""
        answer = self.submit(plan, **more)
        assert answer.status_code == 201, answer.text
        return str(answer.get_json()["data"]["jobId"])

    def poll(self, job_id: str) -> TestResponse:
        """Polls a job."""
        return self.client.get(self.poll_path(job_id), headers=self.headers())

    def poll_path(self, job_id: str) -> str:
        return self.spec.poll.path.replace("{jobId}", job_id)

    def job(self, job_id: str) -> dict[str, Any]:
        """The job's data, as a poll shows it."""
        answer = self.poll(job_id)
        assert answer.status_code == 200, answer.text
        data: dict[str, Any] = json.loads(answer.data)["data"]
        return data

    def control(
        self, method: str, path: str, *, status: int = 200, about: str | None = "", **more: Any
    ) -> Any:
        """What the control API answers about this client's own tenant (`about` None: about the server)."""
        headers = {} if about is None else {"X-API-Key": about or self.key}
        answer = self.client.open(
            f"/_mock{path}", method=method, headers=headers | more.pop("headers", {}), **more
        )
        assert answer.status_code == status, answer.text
        assert answer.headers["X-Request-Id"]
        return answer.get_json() if answer.data and answer.is_json else answer.text

    def as_(self, key: str) -> Api:
        """The same mock, seen by the owner of another key."""
        return Api(self.app, self.time, key)


@pytest.fixture(scope="session")
def spec() -> Spec:
    """The contract that comes with the package."""
    return load_spec()


@pytest.fixture
def make_api(spec: Spec) -> Iterator[Callable[..., Api]]:
    """Makes a mock on a clock of its own; what is given goes to `create_app`."""
    stores = []

    def make(**given: Any) -> Api:
        time = Time()
        store = given.pop("store", None) or open_store()
        stores.append(store)
        return Api(create_app(**{"spec": spec, "clock": time, "store": store} | given), time)

    yield make
    for store in stores:
        store.close()


@pytest.fixture
def api(make_api: Callable[..., Api]) -> Api:
    """A mock with nothing changed from its defaults."""
    return make_api()


@pytest.fixture
def edited_spec(tmp_path: Path) -> Callable[..., Spec]:
    """The contract with some of its text replaced, each piece of which must be there."""

    def edit(*replacements: tuple[str, str]) -> Spec:
        text = default_spec_path().read_text(encoding="utf-8")
        for before, after in replacements:
            assert before in text, before
            text = text.replace(before, after)
        path = tmp_path / "edited.yaml"
        path.write_text(text, encoding="utf-8")
        return load_spec(path)

    return edit

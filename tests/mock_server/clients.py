"""Clients of a mock under test: one that calls its Flask application, and one that goes through any door."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

import requests
from flask import Flask
from miragic_contracts.spec import Spec
from miragic_mock import Mock
from miragic_mock.engine.engine import Engine
from miragic_mock.engine.injection.doors import Door
from urllib3 import encode_multipart_formdata
from werkzeug.test import TestResponse

KEY = "a-key"
BOUNDARY = "the-same-each-time"
START = 1_767_265_200.0
"""2026-01-01T11:00:00Z."""
SUBMIT, POLL = "/api/v1/speech-to-text/generate", "/api/v1/speech-to-text/jobs/"


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
        """Submit a recording as an ordinary client would; `fields` replaces the form's texts."""
        form: dict[str, Any] = {"audio_format": "mp3"} if fields is None else dict(fields)
        body, content_type = encode_multipart_formdata(form | {"file": (name, content)}, BOUNDARY)
        headers = self.headers(plan) | {"Content-Type": content_type}
        return self.client.post(self.spec.submit.path, data=body, headers=headers)

    def submitted(self, plan: str | None = None, **more: Any) -> str:
        """Submit a recording and return the id of its job."""
        answer = self.submit(plan, **more)
        assert answer.status_code == 201, answer.text
        return str(answer.get_json()["data"]["jobId"])

    def poll(self, job_id: str) -> TestResponse:
        """Poll a job."""
        return self.client.get(self.poll_path(job_id), headers=self.headers())

    def poll_path(self, job_id: str) -> str:
        return self.spec.poll.path.replace("{jobId}", job_id)

    def job(self, job_id: str) -> dict[str, Any]:
        """Poll a job and return its data."""
        answer = self.poll(job_id)
        assert answer.status_code == 200, answer.text
        data: dict[str, Any] = json.loads(answer.data)["data"]
        return data

    def control(
        self, method: str, path: str, *, status: int = 200, about: str | None = "", **more: Any
    ) -> Any:
        """Call the control API about this client's own tenant (`about` None: about the server)."""
        headers = {} if about is None else {"X-API-Key": about or self.key}
        answer = self.client.open(
            f"/_mock{path}", method=method, headers=headers | more.pop("headers", {}), **more
        )
        assert answer.status_code == status, answer.text
        assert answer.headers["X-Request-Id"]
        return answer.get_json() if answer.data and answer.is_json else answer.text

    def as_(self, key: str) -> Api:
        """Return a client of the same mock with another key."""
        return Api(self.app, self.time, key)


@dataclass(frozen=True)
class Caller:
    """A client of one mock that uses nothing but `requests`."""

    mock: Mock
    door: Door

    def submit(
        self,
        plan: str = "",
        *,
        content: bytes = b"sound" * 1000,
        name: str = "a.mp3",
        timeout: float | tuple[float, float] = 30,
    ) -> requests.Response:
        headers = {"X-API-Key": self.mock.api_key} | ({"X-Mock-Plan": plan} if plan else {})
        return requests.post(
            self.mock.url + SUBMIT,
            files={"file": (name, content)},
            data={"audio_format": "mp3"},
            headers=headers,
            timeout=timeout,
        )

    def submitted(self, plan: str = "", **more: Any) -> str:
        answer = self.submit(plan, **more)
        assert answer.status_code == 201, answer.text
        return str(answer.json()["data"]["jobId"])

    def poll(self, job_id: str, *, timeout: float = 30) -> requests.Response:
        headers = {"X-API-Key": self.mock.api_key}
        return requests.get(self.mock.url + POLL + job_id, headers=headers, timeout=timeout)

    def statuses(self, job_id: str, times: int) -> list[str]:
        return [str(self.poll(job_id).json()["data"]["status"]) for _ in range(times)]

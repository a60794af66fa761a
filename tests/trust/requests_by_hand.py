"""Requests and answers of HTTP/1.1 as bytes: what clients that are counted in thousands are made of."""

from __future__ import annotations

import http.client
import json
import ssl
from typing import Any, Final

from .served import POLL, SUBMIT, Served

BOUNDARY: Final = "trust"
_TIMEOUT_S: Final = 5.0


def head(method: str, target: str, key: str = "", more: str = "") -> bytes:
    """Return the head of a request, complete."""
    secret = f"X-API-Key: {key}\r\n" if key else ""
    return f"{method} {target} HTTP/1.1\r\nHost: localhost\r\n{secret}{more}\r\n".encode()


def form(content: bytes, name: str, texts: dict[str, str]) -> bytes:
    """Return the body of a submission."""
    parts = [
        f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{field}"\r\n\r\n{text}\r\n'
        for field, text in texts.items()
    ]
    file = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n\r\n'
    return ("".join(parts) + file).encode() + content + f"\r\n--{BOUNDARY}--\r\n".encode()


class Caller:
    """A client with one key, on a connection that it keeps for as long as it works."""

    def __init__(self, host: str, port: int, context: ssl.SSLContext | None, key: str) -> None:
        self._address, self._context, self.key = (host, port), context, key
        self._connection: http.client.HTTPConnection | None = None

    @classmethod
    def of(cls, served: Served, key: str) -> Caller:
        """Return a client of a served mock."""
        return cls(served.host, served.port, served.context(), key)

    def submit(
        self, name: str = "a.mp3", *, content: bytes = b"sound", plan: str = "", question: str = ""
    ) -> str:
        """Submit a recording; return the job's id."""
        texts = {"audio_format": "mp3"} | ({"question": question} if question else {})
        headers = {"Content-Type": f"multipart/form-data; boundary={BOUNDARY}"}
        headers |= {"X-Mock-Plan": plan} if plan else {}
        return str(
            self.call("POST", SUBMIT, form(content, name, texts), headers, statuses=(201,))["data"]["jobId"]
        )

    def poll(self, job_id: str) -> dict[str, Any]:
        """Return a job's data."""
        data: dict[str, Any] = self.call("GET", POLL + job_id)["data"]
        return data

    def call(
        self,
        method: str,
        target: str,
        body: bytes | None = None,
        headers: dict[str, str] | None = None,
        statuses: tuple[int, ...] = (200,),
    ) -> Any:
        """Make a request and return the answer's JSON.

        Raises:
            OSError, http.client.HTTPException: The connection failed.
            RuntimeError: The answer has another status.
        """
        if self._connection is None:
            self._connection = self._connect()
        try:
            self._connection.request(method, target, body, {"X-API-Key": self.key} | (headers or {}))
            answer = self._connection.getresponse()
            content = answer.read()
        except (OSError, http.client.HTTPException):
            self.close()
            raise
        if answer.status not in statuses:
            raise RuntimeError(
                f"{method} {target}: expected {statuses}, got {answer.status} {content[:200]!r}"
            )
        return json.loads(content) if content else None

    def close(self) -> None:
        """Let go of the connection; the next request makes a new one."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _connect(self) -> http.client.HTTPConnection:
        if self._context is None:
            return http.client.HTTPConnection(*self._address, timeout=_TIMEOUT_S)
        return http.client.HTTPSConnection(*self._address, timeout=_TIMEOUT_S, context=self._context)

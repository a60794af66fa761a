"""What a mutation sees and changes: one request, one answer, as values, between a WSGI server and its
caller.
"""

from __future__ import annotations

import dataclasses
import io
import json
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from miragic_contracts.pointers import value_at
from miragic_contracts.spec import load_spec

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

_SPEC = load_spec()
_POLLS = re.compile(re.escape(_SPEC.poll.path).replace(r"\{jobId\}", "([^/]+)"))

REMOVED = object()
"""As a value to put: take away what is there."""


@dataclass(frozen=True)
class Asked:
    """One request; `key` is None where the header is absent."""

    environ: WSGIEnvironment
    body: bytes

    @property
    def method(self) -> str:
        return str(self.environ["REQUEST_METHOD"])

    @property
    def key(self) -> str | None:
        return self.environ.get("HTTP_X_API_KEY")

    @property
    def job_id(self) -> str | None:
        """The id in the path of a look; None for other requests."""
        found = _POLLS.fullmatch(self.environ["PATH_INFO"])
        return found[1] if found else None

    @property
    def is_submit(self) -> bool:
        return bool(self.environ["PATH_INFO"] == _SPEC.submit.path and self.method == "POST")

    def holds(self, *parts: str) -> bool:
        """Whether the body holds each of some texts."""
        return all(part.encode() in self.body for part in parts)

    def part(self, name: str) -> str | None:
        """The text of a form's field; None where it is absent."""
        found = re.search(rb'name="%s"\r\n\r\n(.*?)\r\n--' % name.encode(), self.body, re.DOTALL)
        return found[1].decode() if found else None

    @property
    def file_name(self) -> str | None:
        found = re.search(rb'filename="([^"\r\n]*)"', self.body)
        return found[1].decode() if found else None

    def with_key(self, key: str) -> Asked:
        return dataclasses.replace(self, environ={**self.environ, "HTTP_X_API_KEY": key})

    def with_body_of(self, other: Asked) -> Asked:
        taken = {name: other.environ[name] for name in ("CONTENT_TYPE", "CONTENT_LENGTH")}
        return Asked({**self.environ, **taken}, other.body)


@dataclass(frozen=True)
class Told:
    """One answer."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes

    @property
    def document(self) -> Any:
        try:
            return json.loads(self.body)
        except ValueError:
            return None

    @property
    def state(self) -> Any:
        """The state of the job that the answer shows, if it shows one."""
        return value_at(self.document, _SPEC.lifecycle.poll.status) if self.status < 300 else None

    def with_status(self, status: int) -> Told:
        return dataclasses.replace(self, status=status)

    def with_header(self, name: str, value: object) -> Told:
        """With a header in the place of those of that name; `REMOVED` for none."""
        kept = tuple(pair for pair in self.headers if pair[0].lower() != name.lower())
        added = () if value is REMOVED else ((name, str(value)),)
        return dataclasses.replace(self, headers=kept + added)

    def with_body(self, body: bytes) -> Told:
        return dataclasses.replace(self, body=body).with_header("Content-Length", len(body))

    def with_document(self, document: Any) -> Told:
        return self.with_body(json.dumps(document, ensure_ascii=False).encode())

    def with_value(self, pointer: str, value: Any) -> Told:
        """With a value put at a pointer of the document; unchanged where there is no such place."""
        document = self.document
        parent, _, name = pointer.rpartition("/")
        holder = value_at(document, parent)
        if not isinstance(holder, dict):
            return self
        if value is REMOVED:
            holder.pop(name, None)
        else:
            holder[name] = value
        return self.with_document(document)

    def value(self, pointer: str) -> Any:
        return value_at(self.document, pointer)


Change = Callable[[Asked, Told], Told]
Serve = Callable[[Asked], Told]


def answer(document: Any, status: int = 200) -> Told:
    """An answer made from nothing."""
    return Told(status, (("Content-Type", "application/json"),), b"").with_document(document)


def refusal(status: int, code: str = "BAD_REQUEST", message: str = "That will not do.") -> Told:
    """A refusal in the shape that was seen."""
    return answer({"success": False, "error": {"code": code, "message": message}}, status)


def between(application: WSGIApplication, serve: Callable[[Serve, Asked], Told]) -> WSGIApplication:
    """An application that answers by `serve`, which may ask the one inside."""

    def ask(asked: Asked) -> Told:
        return _told(application, {**asked.environ, "wsgi.input": io.BytesIO(asked.body)})

    def served(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        # A socket would be waited at for more than was sent.
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        told = serve(ask, Asked(environ, body))
        start_response(f"{told.status} Told", list(told.headers))
        return [told.body]

    return served


def _told(application: WSGIApplication, environ: WSGIEnvironment) -> Told:
    heads: list[tuple[str, list[tuple[str, str]]]] = []

    def start_response(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Any:
        heads.append((status, headers))

    pieces = application(environ, start_response)
    try:
        body = b"".join(pieces)
    finally:
        getattr(pieces, "close", lambda: None)()
    status, headers = heads[-1]
    return Told(int(status.split()[0]), tuple(headers), body)

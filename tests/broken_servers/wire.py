"""What a mutation sees and changes: a request and its answer, on their way to a WSGI server and back."""

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
class Incoming:
    """A request. Its `key` is None if the header is absent."""

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
        """Return whether the body holds each of some texts."""
        return all(part.encode() in self.body for part in parts)

    def part(self, name: str) -> str | None:
        """Return the text of a field of the form, or None if it is absent."""
        found = re.search(rb'name="%s"\r\n\r\n(.*?)\r\n--' % name.encode(), self.body, re.DOTALL)
        return found[1].decode() if found else None

    @property
    def file_name(self) -> str | None:
        found = re.search(rb'filename="([^"\r\n]*)"', self.body)
        return found[1].decode() if found else None

    def with_key(self, key: str) -> Incoming:
        return dataclasses.replace(self, environ={**self.environ, "HTTP_X_API_KEY": key})

    def with_body_of(self, other: Incoming) -> Incoming:
        taken = {name: other.environ[name] for name in ("CONTENT_TYPE", "CONTENT_LENGTH")}
        return Incoming({**self.environ, **taken}, other.body)


@dataclass(frozen=True)
class Reply:
    """An answer."""

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

    def with_status(self, status: int) -> Reply:
        return dataclasses.replace(self, status=status)

    def with_header(self, name: str, value: object) -> Reply:
        """Return it with a header instead of those of that name; `REMOVED` leaves none."""
        kept = tuple(pair for pair in self.headers if pair[0].lower() != name.lower())
        added = () if value is REMOVED else ((name, str(value)),)
        return dataclasses.replace(self, headers=kept + added)

    def with_body(self, body: bytes) -> Reply:
        return dataclasses.replace(self, body=body).with_header("Content-Length", len(body))

    def with_document(self, document: Any) -> Reply:
        return self.with_body(json.dumps(document, ensure_ascii=False).encode())

    def with_value(self, pointer: str, value: Any) -> Reply:
        """Return it with a value at a pointer of the document, or unchanged if there is no such place."""
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


Change = Callable[[Incoming, Reply], Reply]
Serve = Callable[[Incoming], Reply]


def answer(document: Any, status: int = 200) -> Reply:
    """Make an answer with a document."""
    return Reply(status, (("Content-Type", "application/json"),), b"").with_document(document)


def refusal(status: int, code: str = "BAD_REQUEST", message: str = "That will not do.") -> Reply:
    """Make a refusal in the shape that was seen (S2)."""
    return answer({"success": False, "error": {"code": code, "message": message}}, status)


def between(application: WSGIApplication, serve: Callable[[Serve, Incoming], Reply]) -> WSGIApplication:
    """Wrap an application. `serve` makes the answers, and may ask the application inside."""

    def ask(incoming: Incoming) -> Reply:
        return _called(application, {**incoming.environ, "wsgi.input": io.BytesIO(incoming.body)})

    def served(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        # A socket would be waited at for more than was sent.
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        reply = serve(ask, Incoming(environ, body))
        start_response(f"{reply.status} Said", list(reply.headers))
        return [reply.body]

    return served


def _called(application: WSGIApplication, environ: WSGIEnvironment) -> Reply:
    heads: list[tuple[str, list[tuple[str, str]]]] = []

    def start_response(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Any:
        heads.append((status, headers))

    pieces = application(environ, start_response)
    try:
        body = b"".join(pieces)
    finally:
        getattr(pieces, "close", lambda: None)()
    status, headers = heads[-1]
    return Reply(int(status.split()[0]), tuple(headers), body)

"""Reaching a server over HTTP with `requests`, one request at a time.

Rule: redirections are not followed, since a key must go nowhere but where it was sent. No request is repeated
here: whether one may be sent again is a question of money, which the checker answers.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import requests
import requests.exceptions
import urllib3.exceptions

from ..redaction import (
    FIRST_MARKER,
    SECOND_MARKER,
    TRUNCATED_MARKER,
    Redactor,
    redactor_for,
)
from ..trace import Answer, Headers, Key, Trouble, read_answer
from .call import Call

# No document of this API comes near; what is larger is not read to its end.
LARGEST_BODY: Final = 1 << 20

# Sent as a key that was never issued. Its form is unlike any real key's, so that it is none by accident.
WRONG_KEY: Final = "not-a-key-of-anybody"

# How urllib3 and http.client name an answer that is not HTTP; a connection that was reset is not among them.
_BAD_HTTP: Final = ("IncompleteRead", "InvalidChunkLength", "BadStatusLine", "LineTooLong", "got more than")

_MARKERS: Final = {
    Key.FIRST: FIRST_MARKER,
    Key.SECOND: SECOND_MARKER,
    Key.TRUNCATED: TRUNCATED_MARKER,
    Key.EMPTY: "",
    Key.WRONG: WRONG_KEY,
}


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a request.

    Attributes:
        headers: The headers that were sent, with markers in the place of keys.
        answer: The answer, without keys.
        trouble: Why there is no answer.
        detail: More about the trouble, for people.
    """

    headers: Headers
    answer: Answer | None = None
    trouble: Trouble | None = None
    detail: str = ""


class HttpDriver:
    """Sends calls to the server at a base URL, and returns answers without keys."""

    def __init__(
        self,
        base_url: str,
        *,
        key: str,
        second_key: str | None = None,
        request_timeout_s: float = 30.0,
        session: requests.Session | None = None,
    ) -> None:
        """Make a driver. Nothing is sent.

        Args:
            base_url: The server, without the path of an operation.
            key: The API key.
            second_key: A key of another account.
            request_timeout_s: Bounds the wait for a connection, for the head of an answer, and for the whole
                of its body.
            session: A session with proxies, certificates or an adapter of its own; it is closed with the
                driver.
        """
        self.base_url = base_url.rstrip("/")
        self.redactor: Redactor = redactor_for(key, second_key)
        self.has_second_key = second_key is not None
        self._keys: Mapping[Key, str] = {
            Key.FIRST: key,
            Key.TRUNCATED: key[:-1],
            Key.EMPTY: "",
            Key.WRONG: WRONG_KEY,
            **({Key.SECOND: second_key} if second_key is not None else {}),
        }
        self._timeout_s = request_timeout_s
        self._session = session or requests.Session()
        # Without it requests would add what a .netrc has for this host, even to probes without a key.
        self._session.auth = _no_credentials

    def __repr__(self) -> str:
        return f"HttpDriver({self.base_url!r})"

    def close(self) -> None:
        """Close the session. The driver cannot be used afterwards."""
        self._session.close()

    def send(self, call: Call) -> Outcome:
        """Send a call, once."""
        prepared = self._prepared(call)
        sent = self._sent_headers(prepared, call)
        try:
            # Session.send, unlike Session.request, does not look for proxies and certificates by itself.
            # Its third argument is `stream`: `_body` reads the body, within a size and a time.
            settings = self._session.merge_environment_settings(prepared.url, {}, True, None, None)
            response = self._session.send(
                prepared, timeout=self._timeout_s, allow_redirects=False, **settings
            )
            with response:
                return Outcome(sent, self._answer(response))
        except (requests.RequestException, urllib3.exceptions.HTTPError) as error:
            return Outcome(sent, trouble=_trouble(error), detail=self.redactor.text(str(error))[:300])

    def _prepared(self, call: Call) -> requests.PreparedRequest:
        # The name of the key's header is part of a probe, so it is written as the call spells it.
        headers = {"Accept": "application/json", "User-Agent": "miragic-contract"}
        if call.key in self._keys:
            headers[call.header] = self._keys[call.key]
        # As parts without a file name: requests sends a form without any file as urlencoded otherwise.
        parts: list[tuple[str, object]] = [(name, (None, value)) for name, value in call.fields]
        if call.upload:
            upload = call.upload
            parts.append((upload.field, (upload.file_name, upload.content, upload.media_type)))
        url = f"{self.base_url}{call.path}"
        request = requests.Request(call.method, url, headers=headers, files=parts or None)
        return self._session.prepare_request(request)

    def _sent_headers(self, prepared: requests.PreparedRequest, call: Call) -> Headers:
        """Return the headers that are sent, with a marker in the place of the key.

        The key is found by the name of its header, since one that is short or wrong is not found by value.
        """
        return tuple(
            (name, _MARKERS[call.key] if name == call.header else self.redactor.text(_text(value)))
            for name, value in prepared.headers.items()
        )

    def _answer(self, response: requests.Response) -> Answer:
        body = self._body(response)
        clean = self.redactor.text
        headers = [(clean(name), clean(value)) for name, value in response.headers.items()]
        return read_answer(
            response.status_code,
            headers,
            self.redactor.data(bytes(body)),
            size_bytes=len(body),
            is_whole=len(body) <= LARGEST_BODY,
        )

    def _body(self, response: requests.Response) -> bytearray:
        """Read a body, up to the bound.

        Raises:
            requests.ReadTimeout: It comes so slowly that it was not whole in time.
        """
        # The timeout of requests is for each read from the socket: a body that drips never meets it.
        until = time.monotonic() + self._timeout_s
        # read1 gives what is there; read, all that urllib3 before 2.2 has, would wait for a full block.
        read = getattr(response.raw, "read1", response.raw.read)
        body = bytearray()
        while len(body) <= LARGEST_BODY and (piece := read(1 << 16, decode_content=True)):
            body += piece
            if time.monotonic() >= until:
                raise requests.ReadTimeout(
                    f"Read timed out: the body was not whole after {self._timeout_s:g} s"
                )
        return body


def _no_credentials(request: requests.PreparedRequest) -> requests.PreparedRequest:
    return request


def _text(value: str | bytes) -> str:
    return value if isinstance(value, str) else value.decode("latin-1")


def _trouble(error: Exception) -> Trouble:
    """Return what kind of trouble an exception of requests means, or of urllib3 while a body is read."""
    # urllib3 raises by itself while a body is read: requests wraps its errors only in its own reading.
    exceptions = requests.exceptions
    # ConnectTimeout is a Timeout too, so it has to be asked for first: with it nothing was sent.
    if isinstance(error, exceptions.ConnectTimeout | exceptions.ProxyError):
        return Trouble.REFUSED
    if isinstance(error, exceptions.Timeout):
        return Trouble.TIMEOUT
    if isinstance(error, exceptions.SSLError | urllib3.exceptions.SSLError):
        return Trouble.TLS
    if isinstance(error, exceptions.ContentDecodingError | urllib3.exceptions.DecodeError):
        return Trouble.FRAMING
    # requests wraps every other cause in ConnectionError; only its text says which it was.
    text = str(error)
    if any(sign in text for sign in ("NameResolutionError", "getaddrinfo", "Name or service not known")):
        return Trouble.NAME
    if any(sign in text for sign in _BAD_HTTP):
        return Trouble.FRAMING
    if "Read timed out" in text:
        return Trouble.TIMEOUT
    return Trouble.REFUSED if "NewConnectionError" in text else Trouble.LOST

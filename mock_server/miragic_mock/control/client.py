"""Ways to the control API: within this process, and over HTTP to another.

Rule: an `Ask` carries a call and its answer, and nothing else; what the calls mean stands in `control.yaml`.
"""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import unquote, urlsplit

from ..errors import ControlError
from ..exchange.messages import Request
from .paths import PREFIX

if TYPE_CHECKING:
    import requests

    from .api import Control


class Document(dict[str, Any]):
    """A JSON object whose members are attributes, too: `ledger.jobs_created` is `ledger["jobs_created"]`."""

    __slots__ = ()

    def __getattr__(self, name: str) -> Any:
        try:
            return self[name]
        except KeyError:
            raise AttributeError(
                f"expected one of {', '.join(self)}; got {name!r}", name=name, obj=self
            ) from None


Ask = Callable[[str, str, Mapping[str, Any] | None], Any]
"""Makes a control call: method, path below `/_mock` with its query, JSON body (None: none). Gives the
answer's JSON value, its objects as `Document`, or its text where it is no JSON, None for nothing.

Raises:
    ControlError: the mock refuses.
"""

_TIMEOUT_S: Final = 70.0
"""Longer than the longest wait that the control API offers."""


def within(control: Control, *, base_url: str) -> Ask:
    """Calls to a control API of this process."""

    def ask(method: str, path: str, body: Mapping[str, Any] | None) -> Any:
        data = b"" if body is None else json.dumps(body).encode()
        parts = urlsplit(path)
        place = PREFIX + unquote(parts.path)
        answer = control.handle(
            Request(method, place, {}, io.BytesIO(data), len(data), base_url, parts.query)
        )
        text = answer.body if isinstance(answer.body, bytes) else b"".join(answer.body)
        return _value(answer.status, text)

    return ask


def over_http(session: requests.Session, url: str) -> Ask:
    """Calls to the control API of the mock at `url`."""

    def ask(method: str, path: str, body: Mapping[str, Any] | None) -> Any:
        response = session.request(method, url + PREFIX + path, json=body, timeout=_TIMEOUT_S)
        return _value(response.status_code, response.content)

    return ask


def _value(status: int, body: bytes) -> Any:
    try:
        value = json.loads(body, object_hook=Document) if body else None
    except ValueError:
        value = body.decode("utf-8", "replace")
    if status >= 400:
        error = value.get("error") if isinstance(value, dict) else None
        sentence = error.get("message") if isinstance(error, dict) else None
        raise ControlError(status, sentence or f"the control API answered {status}")
    return value

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
"""Makes a control call.

It takes the method, the path below the API's prefix with its query, and the JSON body, None for none. It
gives the JSON value of the answer, its objects as `Document`; the text of an answer that is no JSON; None for
an empty answer. It raises `ControlError` when the mock refuses.
"""

_TIMEOUT_S: Final = 70.0
"""Longer than the longest wait that the control API offers."""


def within(control: Control, *, base_url: str) -> Ask:
    """Return calls to a control API of this process."""

    def ask(method: str, path: str, body: Mapping[str, Any] | None) -> Any:
        data = b"" if body is None else json.dumps(body).encode()
        parts = urlsplit(path)
        # No header, and so no key: whom a call is about stands in its path. Decoded as a server would do it.
        request = Request(
            method, PREFIX + unquote(parts.path), {}, io.BytesIO(data), len(data), base_url, parts.query
        )
        answer = control.handle(request)
        content = answer.whole_body()
        return _value(answer.status, content)

    return ask


def over_http(session: requests.Session, url: str) -> Ask:
    """Return calls to the control API of the mock at `url`."""

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
        # Whatever answers in the mock's place, a proxy for one, writes its errors in a shape of its own.
        error = value.get("error") if isinstance(value, dict) else None
        sentence = error.get("message") if isinstance(error, dict) else None
        raise ControlError(status, sentence or f"the control API answered {status}")
    return value

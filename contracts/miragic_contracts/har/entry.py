"""One entry of a HAR 1.2 file, from plain values: the checker's traces and the mock's journal use it.

Source: HTTP Archive 1.2, Jan Odvarko, the sections from `entries` to `timings`. Rule: what is not known is
HAR's own "unknown" (-1, an empty list); nothing is made up. This module imports only the standard library,
so that writing entries loads no validator.
"""

from __future__ import annotations

import datetime
import urllib.parse
from collections.abc import Iterable, Mapping
from typing import Any, Final

Pairs = Iterable[tuple[str, str]]

UNKNOWN: Final = -1
"""HAR's value for a size that is not known."""

UNKNOWN_TYPE: Final = "x-unknown"
"""The media type of a body whose type is not known; HAR demands one."""


def har_entry(
    *,
    started_at_s: float,
    took_ms: float,
    request: Mapping[str, Any],
    response: Mapping[str, Any],
    own_facts: Mapping[str, Any],
    comment: str = "",
) -> dict[str, Any]:
    """Return one entry: a request, its answer, and how long that took.

    Args:
        started_at_s: When the request was sent, in seconds since 1970.
        took_ms: Milliseconds until the answer was there.
        request: What `har_request` gave.
        response: What `har_response` gave.
        own_facts: What HAR has no field for. It stands under `_miragic`: readers skip such names.
        comment: A sentence for people; left out where it is empty.
    """
    moment = datetime.datetime.fromtimestamp(started_at_s, datetime.UTC)
    entry: dict[str, Any] = {
        "startedDateTime": moment.isoformat(timespec="milliseconds"),
        "time": took_ms,
        "request": dict(request),
        "response": dict(response),
        "cache": {},
        # Only the whole time is known; HAR demands that the three add up to it.
        "timings": {"send": 0, "wait": took_ms, "receive": 0},
        "_miragic": dict(own_facts),
    }
    return entry | ({"comment": comment} if comment else {})


def har_request(
    method: str,
    url: str,
    *,
    headers: Pairs = (),
    body_size: int = UNKNOWN,
    post_data: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """Return the request of an entry.

    Args:
        method: The HTTP method.
        url: The absolute URL, query included.
        headers: Names and values, as far as they are known.
        body_size: The size of the body in bytes; `UNKNOWN` where it was not counted.
        post_data: HAR's `postData`; None where the body was not kept or there was none.
    """
    query = urllib.parse.parse_qsl(urllib.parse.urlsplit(url).query, keep_blank_values=True)
    request: dict[str, Any] = {
        "method": method,
        "url": url,
        "httpVersion": "HTTP/1.1",
        "cookies": [],
        "headers": _pairs(headers),
        "queryString": _pairs(query),
        "headersSize": UNKNOWN,
        "bodySize": body_size,
    }
    return request | ({"postData": dict(post_data)} if post_data is not None else {})


def har_response(
    status: int,
    *,
    content: Mapping[str, Any],
    body_size: int,
    phrase: str = "",
    headers: Pairs = (),
    redirect_url: str = "",
) -> dict[str, Any]:
    """Return the response of an entry.

    Args:
        status: The HTTP status; 0 where there was no answer, by custom, since HAR has no entry without one.
        content: HAR's `content`: `size` and `mimeType` at least.
        body_size: The size of the body as it was received, in bytes; `UNKNOWN` where it was not counted.
        phrase: The reason phrase that stands beside the status.
        headers: Names and values, as far as they are known.
        redirect_url: The value of `Location`.
    """
    return {
        "status": status,
        "statusText": phrase,
        "httpVersion": "HTTP/1.1",
        "cookies": [],
        "headers": _pairs(headers),
        "content": dict(content),
        "redirectURL": redirect_url,
        "headersSize": UNKNOWN,
        "bodySize": body_size,
    }


def _pairs(pairs: Pairs) -> list[dict[str, str]]:
    return [{"name": name, "value": value} for name, value in pairs]

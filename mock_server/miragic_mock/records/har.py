"""A journal as HAR 1.2, the format browsers and proxies exchange.

Rule: what the journal does not hold (bodies, keys, most headers) is left out or given as HAR's own "unknown"
(-1, empty list); nothing is made up. Source: HTTP Archive 1.2, Jan Odvarko, sections log to timings.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any, Final
from urllib.parse import parse_qsl, urlsplit

from .journal import Exchange, Journal

_OWN_FACTS: Final = (
    "number",
    "operation",
    "at",
    "job_id",
    "job_status",
    "fault",
    "size_bytes",
    "sha256",
    "file_name",
)


def har(journal: Journal, *, base_url: str, version: str) -> dict[str, Any]:
    """The HAR document, ready for `json.dumps`.

    `base_url` (no trailing slash) makes the recorded paths absolute; `version` is this package's. What HAR
    has no word for is under `_miragic` in each entry: HAR readers skip names with an underscore.
    """
    dropped = f"{journal.dropped} older exchanges were dropped" if journal.dropped else ""
    return {
        "log": {
            "version": "1.2",
            "creator": {"name": "miragic-mock", "version": version},
            "entries": [_entry(exchange, base_url) for exchange in journal.exchanges],
            **({"comment": dropped} if dropped else {}),
        }
    }


def _entry(exchange: Exchange, base_url: str) -> dict[str, Any]:
    took_ms = round(exchange.took_s * 1000, 3)
    entry: dict[str, Any] = {
        "startedDateTime": datetime.fromtimestamp(exchange.real_at, UTC).isoformat(timespec="milliseconds"),
        "time": took_ms,
        "request": _request(exchange, base_url + exchange.path),
        "response": _response(exchange),
        "cache": {},
        "timings": {"send": 0, "wait": took_ms, "receive": 0},
        "_miragic": dict(_own_facts(exchange)),
    }
    return entry | ({"comment": exchange.note} if exchange.note else {})


def _request(exchange: Exchange, url: str) -> dict[str, Any]:
    headers = [
        {"name": name, "value": value}
        for name, value in (("User-Agent", exchange.user_agent), ("Content-Type", exchange.content_type))
        if value
    ]
    return {
        "method": exchange.method,
        "url": url,
        "httpVersion": "HTTP/1.1",
        "cookies": [],
        "headers": headers,
        "queryString": [
            {"name": name, "value": value}
            for name, value in parse_qsl(urlsplit(url).query, keep_blank_values=True)
        ],
        "headersSize": -1,
        "bodySize": -1,
    }


def _response(exchange: Exchange) -> dict[str, Any]:
    after = exchange.retry_after_s
    size_bytes = -1 if exchange.answer_bytes is None else exchange.answer_bytes
    return {
        "status": exchange.status or 0,
        "statusText": "",
        "httpVersion": "HTTP/1.1",
        "cookies": [],
        "headers": [] if after is None else [{"name": "Retry-After", "value": f"{after:g}"}],
        "content": {"size": size_bytes, "mimeType": exchange.answer_type or "x-unknown"},
        "redirectURL": "",
        "headersSize": -1,
        "bodySize": size_bytes,
    }


def _own_facts(exchange: Exchange) -> Iterable[tuple[str, object]]:
    for name in _OWN_FACTS:
        value = getattr(exchange, name)
        if value is not None:
            yield name, value

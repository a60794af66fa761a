"""A journal as HAR 1.2, the format browsers and proxies exchange.

Rule: what the journal does not hold (bodies, keys, most headers) is left out or given as HAR's own "unknown"
(-1, empty list); nothing is made up. Source: HTTP Archive 1.2, Jan Odvarko, sections log to timings.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from miragic_contracts.har.entry import UNKNOWN, UNKNOWN_TYPE, har_entry, har_request, har_response

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
    """Return the HAR document of a journal, ready for `json.dumps`.

    Args:
        journal: The exchanges.
        base_url: What makes the recorded paths absolute, without a trailing slash.
        version: The version of this package.
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
    after = exchange.retry_after_s
    size_bytes = UNKNOWN if exchange.answer_bytes is None else exchange.answer_bytes
    return har_entry(
        started_at_s=exchange.real_at,
        took_ms=round(exchange.took_s * 1000, 3),
        request=har_request(
            exchange.method, base_url + exchange.path, headers=tuple(_known_headers(exchange))
        ),
        response=har_response(
            exchange.status or 0,
            content={"size": size_bytes, "mimeType": exchange.answer_type or UNKNOWN_TYPE},
            body_size=size_bytes,
            headers=() if after is None else (("Retry-After", f"{after:g}"),),
        ),
        own_facts=_own_facts(exchange),
        comment=exchange.note or "",
    )


def _known_headers(exchange: Exchange) -> Iterator[tuple[str, str]]:
    if exchange.user_agent:
        yield "User-Agent", exchange.user_agent
    if exchange.content_type:
        yield "Content-Type", exchange.content_type


def _own_facts(exchange: Exchange) -> dict[str, object]:
    facts = {name: getattr(exchange, name) for name in _OWN_FACTS}
    return {name: value for name, value in facts.items() if value is not None}

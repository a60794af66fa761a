"""From a trace to a HAR 1.2 file."""

from __future__ import annotations

import base64
import datetime
import http
import json
import urllib.parse
from typing import Any

from miragic_contracts.trace import Answer, Exchange, Form, Headers, Request, Trace

_UNKNOWN = -1


def as_har(trace: Trace) -> str:
    """A trace as a HAR file; `read_har` gives it back."""
    log = {
        "version": "1.2",
        "creator": {"name": "miragic-contract", "version": "1"},
        "entries": [_entry(exchange, trace) for exchange in trace.exchanges],
        "_miragic": {
            "base_url": trace.base_url,
            "started_at_s": trace.started_at_s,
            "timeout_s": trace.timeout_s,
            "has_second_key": trace.has_second_key,
        },
    }
    return json.dumps({"log": log}, indent=2, ensure_ascii=False) + "\n"


def _entry(exchange: Exchange, trace: Trace) -> dict[str, Any]:
    took_ms = (exchange.received_at_s - exchange.sent_at_s) * 1000
    answer = exchange.answer
    return {
        "startedDateTime": _moment(trace.started_at_s + exchange.sent_at_s),
        "time": took_ms,
        "request": _request(exchange.request, trace.base_url),
        "response": _response(answer),
        "cache": {},
        "timings": {"send": 0, "wait": took_ms, "receive": 0},
        "_miragic": {
            "operation": exchange.operation,
            "intent": exchange.intent.name,
            "key": exchange.key.name,
            "job": exchange.job,
            "sent_at_s": exchange.sent_at_s,
            "received_at_s": exchange.received_at_s,
            "trouble": exchange.trouble.name if exchange.trouble else None,
            "detail": exchange.detail,
            "size_bytes": answer.size_bytes if answer else None,
            "is_whole": answer.is_whole if answer else None,
            **({"document": answer.document} if answer and not answer.is_kept else {}),
        },
    }


def _request(request: Request, base_url: str) -> dict[str, Any]:
    url = f"{base_url}{request.path}"
    query = urllib.parse.parse_qsl(urllib.parse.urlsplit(url).query, keep_blank_values=True)
    entry: dict[str, Any] = {
        "method": request.method,
        "url": url,
        "httpVersion": "HTTP/1.1",
        "cookies": [],
        "headers": _pairs(request.headers),
        "queryString": [{"name": name, "value": value} for name, value in query],
        "headersSize": _UNKNOWN,
        "bodySize": _UNKNOWN if request.form else 0,
    }
    if request.form:
        entry["postData"] = _form(request.form)
    return entry


def _form(form: Form) -> dict[str, Any]:
    """The fields as they were sent; of the file only its name, type and size."""
    params: list[dict[str, Any]] = [{"name": name, "value": value} for name, value in form.fields]
    if form.file_name is not None:
        file = {"name": "file", "fileName": form.file_name, "contentType": form.file_type}
        params.append({**file, "_size_bytes": form.size_bytes})
    return {"mimeType": "multipart/form-data", "params": params, "text": ""}


def _response(answer: Answer | None) -> dict[str, Any]:
    """HAR has no entry without an answer; by custom it then has the status 0."""
    return {
        "status": answer.status if answer else 0,
        "statusText": _phrase(answer.status) if answer else "",
        "httpVersion": "HTTP/1.1",
        "cookies": [],
        "headers": _pairs(answer.headers) if answer else [],
        "content": _content(answer) if answer else {"size": 0, "mimeType": "x-unknown"},
        "redirectURL": (answer.header("Location") or "") if answer else "",
        "headersSize": _UNKNOWN,
        "bodySize": answer.size_bytes if answer else _UNKNOWN,
    }


def _content(answer: Answer) -> dict[str, Any]:
    content = {"size": len(answer.body), "mimeType": answer.header("Content-Type") or "x-unknown"}
    try:
        return {**content, "text": answer.body.decode("utf-8")}
    except UnicodeDecodeError:
        return {**content, "text": base64.b64encode(answer.body).decode(), "encoding": "base64"}


def _pairs(headers: Headers) -> list[dict[str, str]]:
    return [{"name": name, "value": value} for name, value in headers]


def _moment(seconds: float) -> str:
    return datetime.datetime.fromtimestamp(seconds, datetime.UTC).isoformat(timespec="milliseconds")


def _phrase(status: int) -> str:
    try:
        return http.HTTPStatus(status).phrase
    except ValueError:
        return ""

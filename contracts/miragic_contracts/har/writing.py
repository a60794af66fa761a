"""From a trace to a HAR 1.2 file."""

from __future__ import annotations

import base64
import http
import json
from typing import Any

from ..harmless import harmless_json
from ..trace import Answer, Exchange, Form, Request, Trace
from .entry import UNKNOWN, UNKNOWN_TYPE, har_entry, har_request, har_response


def as_har(trace: Trace) -> str:
    """Return a trace as a HAR file; `read_har` gives it back."""
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
    return harmless_json(json.dumps({"log": log}, indent=2, ensure_ascii=False)) + "\n"


def _entry(exchange: Exchange, trace: Trace) -> dict[str, Any]:
    answer = exchange.answer
    return har_entry(
        started_at_s=trace.started_at_s + exchange.sent_at_s,
        took_ms=(exchange.received_at_s - exchange.sent_at_s) * 1000,
        request=_request(exchange.request, trace.base_url),
        response=_response(answer),
        own_facts={
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
            # Only a document that a journal rebuilt: any other is in the body.
            **({"document": answer.document} if answer and not answer.is_kept else {}),
        },
    )


def _request(request: Request, base_url: str) -> dict[str, Any]:
    return har_request(
        request.method,
        f"{base_url}{request.path}",
        headers=request.headers,
        # Of a form the boundary and the heads of parts are not kept, so its whole size is not known.
        body_size=UNKNOWN if request.form else 0,
        post_data=_form(request.form) if request.form else None,
    )


def _form(form: Form) -> dict[str, Any]:
    """Return the fields as they were sent; of the file only its name, type and size."""
    params: list[dict[str, Any]] = [{"name": name, "value": value} for name, value in form.fields]
    if form.file_name is not None:
        file = {"name": form.file_field, "fileName": form.file_name, "contentType": form.file_type}
        params.append({**file, "_size_bytes": form.size_bytes})
    return {"mimeType": "multipart/form-data", "params": params, "text": ""}


def _response(answer: Answer | None) -> dict[str, Any]:
    if answer is None:
        return har_response(0, content={"size": 0, "mimeType": UNKNOWN_TYPE}, body_size=UNKNOWN)
    return har_response(
        answer.status,
        phrase=_phrase(answer.status),
        headers=answer.headers,
        content=_content(answer),
        redirect_url=answer.header("Location") or "",
        body_size=answer.size_bytes,
    )


def _content(answer: Answer) -> dict[str, Any]:
    # The size of what stands here: keys were taken out of it. `bodySize` has what was received.
    content = {"size": len(answer.body), "mimeType": answer.header("Content-Type") or UNKNOWN_TYPE}
    try:
        return {**content, "text": answer.body.decode("utf-8")}
    except UnicodeDecodeError:
        return {**content, "text": base64.b64encode(answer.body).decode(), "encoding": "base64"}


def _phrase(status: int) -> str:
    try:
        return http.HTTPStatus(status).phrase
    except ValueError:
        return ""

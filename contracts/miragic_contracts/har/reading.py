"""From a HAR file to a trace. Keys that it holds are replaced by markers before anything else sees them.

Under `_miragic` an entry may have facts of a run of ours (`intent` is one), or of a mock's journal, which
keeps no bodies (`job_id`).
"""

from __future__ import annotations

import base64
import dataclasses
import datetime
import json
import re
import urllib.parse
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from miragic_contracts.har.errors import HarError
from miragic_contracts.har.guessing import guess_jobs, intent_of
from miragic_contracts.har.shape import check_entry, check_log
from miragic_contracts.redaction import MARKERS, OTHER_MARKER, SHORTEST_KEY, Redactor, redactor_for
from miragic_contracts.spec import Operation, Spec
from miragic_contracts.trace import (
    Answer,
    Exchange,
    Form,
    Headers,
    Intent,
    Key,
    Request,
    Trace,
    Trouble,
    read_answer,
)


@dataclass(frozen=True, slots=True)
class Reading:
    """A trace, and how many entries of the file were left out: traffic of others, and answers without a body.

    `redactor` knows the keys that the file held.
    """

    trace: Trace
    foreign: int
    bodiless: int
    redactor: Redactor


def read_har(text: str, spec: Spec) -> Reading:
    """The trace in a HAR file: its entries that address an operation of the contract.

    Raises: HarError where it is no HAR, or holds nothing of this API.
    """
    log = _log(text)
    matched = []
    for number, entry in enumerate(log["entries"]):
        if found := _match(entry, spec):
            check_entry(entry, number, spec)
            matched.append((entry, found))
    whole = [(entry, found) for entry, found in matched if _has_body(entry)]
    if not whole:
        raise HarError(
            f"none of its {len(log['entries'])} entries has an answer of an operation of the contract"
        )
    ours = log.get("_miragic") or {}
    keys = _keys([entry for entry, _ in whole], spec.api_key_header)
    redactor = redactor_for(keys.first, keys.second, keys.others)
    reader = _Reader(spec, keys, redactor, min(_moment(entry) for entry, _ in whole))
    exchanges = [reader.exchange(number, entry, found) for number, (entry, found) in enumerate(whole, 1)]
    trace = Trace(
        base_url=str(ours.get("base_url", whole[0][1].base_url)),
        started_at_s=float(ours.get("started_at_s", reader.begun_s)),
        exchanges=tuple(exchanges) if ours else guess_jobs(exchanges, spec),
        timeout_s=ours.get("timeout_s"),
        has_second_key=bool(ours.get("has_second_key", False)),
    )
    return Reading(trace, len(log["entries"]) - len(matched), len(matched) - len(whole), redactor)


@dataclass(frozen=True, slots=True)
class _Match:
    operation: Operation
    base_url: str
    path: str


@dataclass(frozen=True, slots=True)
class _Keys:
    """The keys of a file, the most used one first; `first` is None where a tool stripped all of them."""

    first: str | None = None
    second: str | None = None
    others: frozenset[str] = frozenset()

    def kind(self, value: str | None) -> Key:
        if self.first is None:
            return Key.FIRST
        kinds = {None: Key.NONE, "": Key.EMPTY, self.first: Key.FIRST}
        return kinds.get(value, Key.OTHER)


def _log(text: str) -> Mapping[str, Any]:
    try:
        document = json.loads(text, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as exc:
        raise HarError(f"it is not JSON: {exc}") from exc
    log: Any = document.get("log") if isinstance(document, dict) else None
    check_log(log)
    return dict(log)


def _refuse_constant(name: str) -> Any:
    raise ValueError(f"{name} is not a JSON number")


def _match(entry: Mapping[str, Any], spec: Spec) -> _Match | None:
    """The operation whose path the entry's URL ends with; submissions by any method, so that 405 is
    seen too.
    """
    try:
        url = urllib.parse.urlsplit(str(entry["request"].get("url", "")))
    except ValueError:  # an address that is none is not of this API
        return None
    for operation in spec.operations.values():
        pattern = re.sub(r"\\\{[^/}]+\\\}", "[^/]+", re.escape(operation.path))
        found = re.search(f"{pattern}/?$", url.path)
        if found:
            prefix = f"{url.scheme}://{url.netloc.rpartition('@')[2]}{url.path[: found.start()]}"
            return _Match(operation, prefix, found[0] + (f"?{url.query}" if url.query else ""))
    return None


def _has_body(entry: Mapping[str, Any]) -> bool:
    """Whether the answer's body was recorded, or there was none."""
    content = _content(entry)
    return "text" in content or not content.get("size") or "_miragic" in entry


def _content(entry: Mapping[str, Any]) -> Mapping[str, Any]:
    return entry["response"].get("content") or {}


def _keys(entries: Sequence[Mapping[str, Any]], name: str) -> _Keys:
    """What stands for a key, or was never one, is none: a marker, a row of stars, our own wrong key."""
    ours = [entry for entry in entries if (entry.get("_miragic") or {}).get("key") != Key.WRONG.name]
    values = [_header(_headers(entry["request"]), name) for entry in ours]
    uses = Counter(
        value
        for value in values
        if value and value not in MARKERS and not re.fullmatch(r"\W*|.*redacted.*|x+", value, re.I)
    )
    first, second, *others = [*(value for value, _ in uses.most_common()), None, None]
    return _Keys(first, second, frozenset(filter(None, others)))


@dataclass(frozen=True, slots=True)
class _Reader:
    """Reads the entries of one file."""

    spec: Spec
    keys: _Keys
    redactor: Redactor
    begun_s: float

    def exchange(self, number: int, entry: Mapping[str, Any], match: _Match) -> Exchange:
        facts: Mapping[str, Any] = entry.get("_miragic") or {}
        ours: Mapping[str, Any] = facts if "intent" in facts else {}
        request, key = self._request(entry["request"], match.path)
        answer = _answer(entry["response"], self.redactor, ours)
        is_noted = bool(facts) and not ours and "text" not in _content(entry)
        if answer and (is_noted or "document" in ours):
            document = _noted(facts, match.operation, self.spec) if is_noted else ours["document"]
            answer = dataclasses.replace(answer, document=document, json_problem="", is_kept=False)
        sent_at_s = _moment(entry) - self.begun_s
        received_at_s = sent_at_s + max(0, entry.get("time") or 0) / 1000
        return Exchange(
            number=number,
            operation=str(ours.get("operation", match.operation.id)),
            intent=Intent[ours["intent"]] if ours else intent_of(request, match.operation, answer, self.spec),
            key=Key[ours["key"]] if ours else key,
            request=request,
            sent_at_s=float(ours.get("sent_at_s", sent_at_s)),
            received_at_s=float(ours.get("received_at_s", received_at_s)),
            job=ours.get("job"),
            answer=answer,
            trouble=_trouble(ours) if answer is None else None,
            detail=str(ours.get("detail", "")),
        )

    def _request(self, request: Mapping[str, Any], path: str) -> tuple[Request, Key]:
        headers = _headers(request)
        key = self.keys.kind(_header(headers, self.spec.api_key_header))
        told = tuple((name, self._told(name, value)) for name, value in headers)
        method = str(request.get("method", "GET")).upper()
        return Request(method, path, told, _form(request.get("postData"))), key

    def _told(self, name: str, value: str) -> str:
        """A header without its key: by value, and where a key is too short for that, by name."""
        clean = self.redactor.text(value)
        if name.lower() == self.spec.api_key_header.lower() and 0 < len(clean) < SHORTEST_KEY:
            return OTHER_MARKER
        return clean


def _noted(facts: Mapping[str, Any], operation: Operation, spec: Spec) -> dict[str, Any] | None:
    """What a journal noted of a document: the id of a job that was made, and the state that was shown."""
    if operation.id == spec.submit.id:
        where = spec.lifecycle.submit
        noted = {where.id: facts.get("job_id"), where.status: facts.get("job_status")}
    else:
        noted = {spec.lifecycle.poll.status: facts.get("job_status")}
    document: dict[str, Any] = {}
    for pointer, value in noted.items():
        *above, name = pointer.split("/")[1:]
        if value is not None:
            holder = document
            for token in above:
                holder = holder.setdefault(token, {})
            holder[name] = value
    return document or None


def _trouble(ours: Mapping[str, Any]) -> Trouble:
    return Trouble[ours["trouble"]] if ours.get("trouble") else Trouble.LOST


def _answer(response: Mapping[str, Any], redactor: Redactor, ours: Mapping[str, Any]) -> Answer | None:
    """The answer; None where there was none, which HAR writes as the status 0."""
    status = int(response.get("status") or 0)
    if status <= 0:
        return None
    content = response.get("content") or {}
    text = str(content.get("text") or "")
    try:
        body = (
            base64.b64decode(text)
            if content.get("encoding") == "base64"
            else text.encode(errors="surrogatepass")
        )
    except ValueError as exc:
        raise HarError(f"a body in base64; got {exc}") from exc
    headers = [(name, redactor.text(value)) for name, value in _headers(response)]
    media_type = content.get("mimeType") or "x-unknown"
    if "text" not in content and media_type != "x-unknown" and _header(headers, "Content-Type") is None:
        headers.append(("Content-Type", media_type))
    size = ours.get("size_bytes")
    return read_answer(
        status,
        headers,
        redactor.data(body),
        size_bytes=len(body) if size is None else int(size),
        is_whole=ours.get("is_whole") is not False,
    )


def _form(post: Mapping[str, Any] | None) -> Form | None:
    """The form that was sent; None where it was not kept."""
    if not post or not str(post.get("mimeType", "")).startswith("multipart/form-data"):
        return None
    params: Iterable[Mapping[str, Any]] = post.get("params") or ()
    fields = tuple((str(p["name"]), str(p.get("value") or "")) for p in params if "fileName" not in p)
    file = next((p for p in params if "fileName" in p), None)
    if not fields and file is None:
        return None
    if file is None:
        return Form(fields)
    size = int(file.get("_size_bytes") or 0)
    return Form(fields, str(file["fileName"]), str(file.get("contentType", "")), size, str(file["name"]))


def _headers(message: Mapping[str, Any]) -> Headers:
    return tuple((str(pair["name"]), str(pair.get("value") or "")) for pair in message.get("headers") or ())


def _header(headers: Iterable[tuple[str, str]], name: str) -> str | None:
    return next((value for key, value in headers if key.lower() == name.lower()), None)


def _moment(entry: Mapping[str, Any]) -> float:
    try:
        return datetime.datetime.fromisoformat(entry["startedDateTime"]).timestamp()
    except (ValueError, OverflowError) as exc:
        raise HarError(f"`startedDateTime` in each entry; got {exc}") from exc

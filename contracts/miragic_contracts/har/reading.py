"""From a HAR file to a trace. The keys in it are replaced by markers before anything else sees them.

Under `_miragic` an entry may have the facts of one of our runs (`intent` is one of them), or what the mock's
journal noted, which keeps no bodies (`job_id` is one of these).
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

from ..redaction import MARKERS, OTHER_MARKER, SHORTEST_KEY, Redactor, redactor_for
from ..spec import Operation, Spec
from ..trace import (
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
from .errors import HarError
from .guessing import guess_jobs, intent_of
from .shape import check_entry, check_log


@dataclass(frozen=True, slots=True)
class Reading:
    """What was read from a HAR file.

    Attributes:
        trace: The trace.
        foreign: How many entries were left out because they address no operation of the contract.
        bodiless: How many entries were left out because their answer's body was not recorded.
        redactor: Removes the keys that the file held.
    """

    trace: Trace
    foreign: int
    bodiless: int
    redactor: Redactor


def read_har(text: str, spec: Spec) -> Reading:
    """Read the trace in a HAR file: its entries that address an operation of the contract.

    Raises:
        HarError: It is no HAR, or holds nothing of this API.
    """
    log = _log(text)
    matched = []
    for number, entry in enumerate(log["entries"]):
        # Only what is of this API has to have the right shape: a browser records all sorts of things beside
        # it.
        if found := _match(entry, spec):
            check_entry(entry, number, spec)
            matched.append((entry, found))
    whole = [(entry, found) for entry, found in matched if _has_body(entry)]
    if not whole:
        raise HarError(
            f"none of its {len(log['entries'])} entries has an answer of an operation of the contract"
        )
    # Written by `as_har`: then the facts are known, and nothing has to be guessed.
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
    """The operation that an entry addresses, the base URL before its path, and the path."""

    operation: Operation
    base_url: str
    path: str


@dataclass(frozen=True, slots=True)
class _Keys:
    """The keys in a file, by how often they were used. `first` is None where a tool removed all keys."""

    first: str | None = None
    second: str | None = None
    others: frozenset[str] = frozenset()

    def kind(self, value: str | None) -> Key:
        """Return which key the value of a header is."""
        # A tool may have removed all keys. Requests without any key anywhere must not
        # count as probes without a key, whose success would be an error.
        if self.first is None:
            return Key.FIRST
        kinds = {None: Key.NONE, "": Key.EMPTY, self.first: Key.FIRST}
        return kinds.get(value, Key.OTHER)


def _log(text: str) -> Mapping[str, Any]:
    try:
        # Python's parser takes NaN and Infinity, which no date or size can be made of.
        document = json.loads(text, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        raise HarError(f"it is not JSON: {error}") from error
    log: Any = document.get("log") if isinstance(document, dict) else None
    check_log(log)
    return dict(log)


def _refuse_constant(name: str) -> Any:
    raise ValueError(f"{name} is not a JSON number")


def _match(entry: Mapping[str, Any], spec: Spec) -> _Match | None:
    """Return the operation whose path an entry's URL ends with, whatever the method: 405 is judged too."""
    try:
        url = urllib.parse.urlsplit(str(entry["request"].get("url", "")))
    except ValueError:  # what is no URL is not of this API
        return None
    for operation in spec.operations.values():
        # A path parameter holds no slash (OpenAPI 3.1, section "Path Templating").
        # Matched at the end only: a gateway may serve the API below a path of its own.
        pattern = re.sub(r"\\\{[^/}]+\\\}", "[^/]+", re.escape(operation.path))
        found = re.search(f"{pattern}/?$", url.path)
        if found:
            # A name and password before the host must not reach a report.
            prefix = f"{url.scheme}://{url.netloc.rpartition('@')[2]}{url.path[: found.start()]}"
            return _Match(operation, prefix, found[0] + (f"?{url.query}" if url.query else ""))
    return None


def _has_body(entry: Mapping[str, Any]) -> bool:
    """Return whether the answer's body was recorded, or there was none."""
    content = _content(entry)
    # A size without a text means that the tool kept no bodies. A journal of the mock says so by `_miragic`.
    return "text" in content or not content.get("size") or "_miragic" in entry


def _content(entry: Mapping[str, Any]) -> Mapping[str, Any]:
    return entry["response"].get("content") or {}


def _keys(entries: Sequence[Mapping[str, Any]], name: str) -> _Keys:
    """Find the keys in entries.

    A marker, a row of stars and our own wrong key stand where a key is sent, but are none.
    """
    ours = [entry for entry in entries if (entry.get("_miragic") or {}).get("key") != Key.WRONG.name]
    values = [_header(_headers(entry["request"]), name) for entry in ours]
    uses = Counter(
        value
        for value in values
        if value and value not in MARKERS and not re.fullmatch(r"\W*|.*redacted.*|x+", value, re.I)
    )
    # The customer's own key is the one that is used most.
    first, second, *others = [*(value for value, _ in uses.most_common()), None, None]
    return _Keys(first, second, frozenset(filter(None, others)))


@dataclass(frozen=True, slots=True)
class _Reader:
    """Reads the entries of a file."""

    spec: Spec
    keys: _Keys
    redactor: Redactor
    begun_s: float

    def exchange(self, number: int, entry: Mapping[str, Any], match: _Match) -> Exchange:
        """Read an entry."""
        facts: Mapping[str, Any] = entry.get("_miragic") or {}
        ours: Mapping[str, Any] = facts if "intent" in facts else {}
        request, key = self._request(entry["request"], match.path)
        answer = _answer(entry["response"], self.redactor, ours)
        is_noted = bool(facts) and not ours and "text" not in _content(entry)
        if answer and (is_noted or "document" in ours):
            document = _noted(facts, match.operation, self.spec) if is_noted else ours["document"]
            answer = dataclasses.replace(answer, document=document, json_problem="", is_kept=False)
        sent_at_s = _moment(entry) - self.begun_s
        # HAR has -1 for times that do not apply.
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
        clean = tuple((name, self._clean(name, value)) for name, value in headers)
        method = str(request.get("method", "GET")).upper()
        return Request(method, path, clean, _form(request.get("postData"))), key

    def _clean(self, name: str, value: str) -> str:
        """Return a header's value without keys. A key too short to be found by value is found by name."""
        clean = self.redactor.text(value)
        if name.lower() == self.spec.api_key_header.lower() and 0 < len(clean) < SHORTEST_KEY:
            return OTHER_MARKER
        return clean


def _noted(facts: Mapping[str, Any], operation: Operation, spec: Spec) -> dict[str, Any] | None:
    """Rebuild what a journal noted of a document: the id of a new job, and the state that was shown."""
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
    """Read an answer. There was none where the status is 0, by a custom of those who write HAR."""
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
    except ValueError as error:
        raise HarError(f"a body in base64; got {error}") from error
    headers = [(redactor.text(name), redactor.text(value)) for name, value in _headers(response)]
    media_type = content.get("mimeType") or "x-unknown"
    # A journal has the type of a body that it did not keep, but no header for it.
    if "text" not in content and media_type != "x-unknown" and _header(headers, "Content-Type") is None:
        headers.append(("Content-Type", media_type))
    # A body may have been cut, or changed by hiding a key in it, so the size that was received is kept apart.
    size = ours.get("size_bytes")
    return read_answer(
        status,
        headers,
        redactor.data(body),
        size_bytes=len(body) if size is None else int(size),
        is_whole=ours.get("is_whole") is not False,
    )


def _form(post: Mapping[str, Any] | None) -> Form | None:
    """Read the form that was sent, None if it was not kept."""
    if not post or not str(post.get("mimeType", "")).startswith("multipart/form-data"):
        return None
    params: Iterable[Mapping[str, Any]] = post.get("params") or ()
    fields = tuple((str(p["name"]), str(p.get("value") or "")) for p in params if "fileName" not in p)
    # HAR marks a file by `fileName`, also where its name is empty.
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
    except (ValueError, OverflowError) as error:
        raise HarError(f"`startedDateTime` in each entry; got {error}") from error

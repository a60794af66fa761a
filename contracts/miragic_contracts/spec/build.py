"""Loading a contract: from the text of an OpenAPI file to a `Spec`.

Rule: what we cannot honour stops the loading, so a contract that loads is one that everybody obeys.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

from . import source
from .errors import SpecError
from .evidence import all_evidence, read_evidence
from .form import check_form
from .keywords import check_keywords
from .lifecycle import Lifecycle, read_lifecycle
from .model import Header, MediaType, Operation, Parameter, RequestBody, Response, Spec
from .references import References
from .source import escape

# In the order of OpenAPI 3.1, section "Path Item Object". It decides the order of operations.
_METHODS: Final = ("get", "put", "post", "delete", "options", "head", "patch", "trace")


def load_spec(path: str | Path | None = None) -> Spec:
    """Load a contract.

    Args:
        path: The OpenAPI file; None for the one that comes with this package.

    Raises:
        SpecError: The file cannot be read, is not OpenAPI 3.1, has a keyword that we neither handle nor list
            as ignored, a reference to nothing, an element without evidence, or a lifecycle that its
            operations and examples do not bear out. The error has the file, the JSON Pointer and what to do.
    """
    file = source.default_spec_path() if path is None else Path(path)
    text = source.read(file)
    try:
        return parse_spec(text, path=str(file))
    except SpecError as error:
        raise SpecError(error.problem, error.pointer, str(file)) from error


def parse_spec(text: str, *, path: str = "") -> Spec:
    """Load a contract from its text.

    Args:
        text: The OpenAPI document, as YAML or JSON.
        path: Where the text is from, for `Spec.path`; nothing is read there.

    Raises:
        SpecError: As in `load_spec`.
    """
    document = source.parse(text)
    if not str(document.get("openapi", "")).startswith("3.1"):
        raise SpecError(f"expected OpenAPI 3.1, got {document.get('openapi')!r}", "/openapi")
    # First of all checks: what follows takes for granted that mappings are mappings and lists lists.
    check_keywords(document)
    builder = _Builder(document)
    # Read-only views here and below: one `Spec` serves all requests and threads of a mock, and freezing a
    # dataclass does not freeze the dicts that it holds.
    operations = MappingProxyType({operation.id: operation for operation in builder.operations()})
    lifecycle = read_lifecycle(document)
    _check_lifecycle(lifecycle, operations)
    # Only the first server counts: the checker gets its base URL as an argument (D31).
    info, servers = document.get("info", {}), document.get("servers", [])
    return Spec(
        title=str(info.get("title", "")),
        version=str(info.get("version", "")),
        server_url=str(servers[0]["url"]) if servers else "",
        api_key_header=_api_key_header(document),
        operations=operations,
        lifecycle=lifecycle,
        evidence=MappingProxyType(all_evidence(document)),
        sources=MappingProxyType(document.get("x-sources", {})),
        discrepancies=MappingProxyType(document.get("x-discrepancies", {})),
        open_questions=MappingProxyType(document.get("x-open-questions", {})),
        document=MappingProxyType(document),
        text=text,
        path=path,
    )


class _Builder:
    """Makes the operations of a document."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        self._document = document
        self._references = References(document)

    def operations(self) -> Iterator[Operation]:
        seen: set[str] = set()
        for path, item in self._document.get("paths", {}).items():
            for method in _METHODS:
                if method not in item:
                    continue
                operation = self._operation(path, method, item)
                if operation.id in seen:
                    raise SpecError(f"the operationId {operation.id!r} is there twice", operation.pointer)
                seen.add(operation.id)
                yield operation

    def _operation(self, path: str, method: str, item: Mapping[str, Any]) -> Operation:
        body, pointer = item[method], f"/paths/{escape(path)}/{method}"
        if not body.get("operationId"):
            raise SpecError("expected an `operationId`: the lifecycle refers to operations by it", pointer)
        # Parameters of a path count for each of its operations (OpenAPI 3.1, section "Path Item Object").
        shared = [
            (entry, f"/paths/{escape(path)}/parameters/{i}")
            for i, entry in enumerate(item.get("parameters", ()))
        ]
        own = [(entry, f"{pointer}/parameters/{i}") for i, entry in enumerate(body.get("parameters", ()))]
        parameters = tuple(self._parameter(entry, where) for entry, where in shared + own)
        request = body.get("requestBody")
        return Operation(
            id=body["operationId"],
            method=method.upper(),
            path=path,
            parameters=parameters,
            request_body=self._request_body(request, f"{pointer}/requestBody") if request else None,
            responses=MappingProxyType(self._responses(body, pointer)),
            evidence=read_evidence(body, pointer),
            cost_credits=int(body.get("x-cost", {}).get("credits", 0)),
            pointer=pointer,
        )

    def _parameter(self, entry: Mapping[str, Any], pointer: str) -> Parameter:
        body, pointer = self._follow(entry, pointer)
        return Parameter(
            name=body["name"],
            location=body["in"],
            required=bool(body.get("required", False)),
            schema=self._references.resolve(body.get("schema", {}), f"{pointer}/schema"),
            evidence=read_evidence(body, pointer),
        )

    def _request_body(self, entry: Mapping[str, Any], pointer: str) -> RequestBody:
        body, pointer = self._follow(entry, pointer)
        return RequestBody(bool(body.get("required", False)), self._content(body, pointer))

    def _responses(self, body: Mapping[str, Any], pointer: str) -> dict[str, Response]:
        """Return an operation's answers by status; an entry in `x-statuses` replaces an answer's evidence."""
        responses = {
            str(status): self._response(str(status), entry, f"{pointer}/responses/{status}")
            for status, entry in body.get("responses", {}).items()
        }
        for status, element in body.get("x-statuses", {}).items():
            place = f"{pointer}/x-statuses/{status}"
            if status not in responses:
                raise SpecError(f"expected one of {', '.join(responses)}; got {status!r}", place)
            evidence = read_evidence(element, place)
            responses[status] = replace(responses[status], evidence=evidence, place=place)
        return responses

    def _response(self, status: str, entry: Mapping[str, Any], pointer: str) -> Response:
        body, pointer = self._follow(entry, pointer)
        headers = {
            name: self._header(name, header, f"{pointer}/headers/{escape(name)}")
            for name, header in body.get("headers", {}).items()
        }
        return Response(
            status=status,
            description=str(body.get("description", "")),
            headers=MappingProxyType(headers),
            content=self._content(body, pointer),
            evidence=read_evidence(body, pointer),
            pointer=pointer,
            place=pointer,
        )

    def _header(self, name: str, entry: Mapping[str, Any], pointer: str) -> Header:
        body, pointer = self._follow(entry, pointer)
        example = body.get("example")
        return Header(
            name=name,
            required=bool(body.get("required", False)),
            schema=self._references.resolve(body.get("schema", {}), f"{pointer}/schema"),
            example=None if example is None else str(example),
            evidence=read_evidence(body, pointer),
        )

    def _content(self, body: Mapping[str, Any], pointer: str) -> Mapping[str, MediaType]:
        return MappingProxyType(
            {
                name: self._media_type(entry, f"{pointer}/content/{escape(name)}")
                for name, entry in body.get("content", {}).items()
            }
        )

    def _media_type(self, entry: Mapping[str, Any], pointer: str) -> MediaType:
        schema = entry.get("schema", {})
        examples = {
            # Without `value` the example is its `externalValue`, which `keywords` refuses.
            name: self._follow(example, f"{pointer}/examples/{escape(name)}")[0].get("value")
            for name, example in entry.get("examples", {}).items()
        }
        # OpenAPI lets one of `example` and `examples` stand; here both are read, the named ones first.
        if "example" in entry:
            examples.setdefault("example", entry["example"])
        # The place is that of the component, so that findings in two answers of one shape cite the same line.
        where = schema["$ref"][1:] if "$ref" in schema else f"{pointer}/schema"
        return MediaType(
            self._references.resolve(schema, f"{pointer}/schema"), MappingProxyType(examples), where
        )

    def _follow(self, entry: Mapping[str, Any], pointer: str) -> tuple[Mapping[str, Any], str]:
        """Return what an entry is or refers to, and the JSON Pointer of that."""
        while "$ref" in entry:
            reference = entry["$ref"]
            entry, pointer = self._references.target(reference, pointer), reference[1:]
        return entry, pointer


def _api_key_header(document: Mapping[str, Any]) -> str:
    # One scheme is enough: the contract has a single way to say who asks, and the checker spells its header.
    schemes = document.get("components", {}).get("securitySchemes", {})
    # Found by what it is, not by its name: the name of a scheme means nothing outside the file.
    for scheme in schemes.values():
        if scheme.get("type") == "apiKey" and scheme.get("in") == "header":
            return str(scheme["name"])
    raise SpecError("expected a security scheme of type apiKey in a header", "/components/securitySchemes")


def _check_lifecycle(lifecycle: Lifecycle, operations: Mapping[str, Operation]) -> None:
    """Check that a lifecycle fits the operations, their forms, their answers and the examples of these.

    Raises:
        SpecError: It names something that is not there.
    """
    for part, operation_id in (
        ("submit", lifecycle.submit.operation_id),
        ("poll", lifecycle.poll.operation_id),
    ):
        pointer = f"/x-job-lifecycle/{part}/operationId"
        if operation_id not in operations:
            raise SpecError(f"expected one of {', '.join(operations)}; got {operation_id!r}", pointer)
        if not any(response.json for response in operations[operation_id].successes):
            raise SpecError(f"{operation_id} has no successful answer in JSON", pointer)
    poll = operations[lifecycle.poll.operation_id]
    if lifecycle.poll.parameter not in {parameter.name for parameter in poll.parameters}:
        raise SpecError(
            f"{poll.id} has no parameter {lifecycle.poll.parameter!r}", "/x-job-lifecycle/poll/parameter"
        )
    for name, place in lifecycle.poll.places.items():
        if not any(r.json.declares(place) for r in poll.successes if r.json):
            raise SpecError(
                f"expected a JSON Pointer to a property of {poll.id}'s answer; {place!r} leads to none",
                f"/x-job-lifecycle/poll/{name}",
            )
    check_form(lifecycle, operations[lifecycle.submit.operation_id])
    # The mock builds the documents of a state from its example, so a state without one cannot be shown.
    examples = {name for response in poll.successes if response.json for name in response.json.examples}
    for state in lifecycle.states.values():
        if state.example not in examples:
            pointer = f"/x-job-lifecycle/states/{state.name}/example"
            raise SpecError(
                f"expected an example of {poll.id}: {', '.join(sorted(examples))}; got {state.example!r}",
                pointer,
            )

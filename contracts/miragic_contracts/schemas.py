"""JSON Schemas made from the contract: four documents, each in two strengths and two dialects.

The contract says what must be there, and leaves open what else may be. From it come

- **strict** schemas, which our mock must satisfy: every object is closed, so an undeclared field is refused;
- **tolerant** schemas, which a client should validate with: of an answer's required fields only those stay
  that `x-job-lifecycle` points at, an enumeration allows any value, formats are not judged, what is only
  assumed of a state is not demanded, and a job with an unknown status is a job.

Rule: no schema is ever written by hand.
"""

from __future__ import annotations

import dataclasses
import enum
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from .spec import Level, MediaType, Spec, SpecError
from .spec.evidence import read_evidence
from .spec.keywords import is_annotation
from .spec.references import References

DOCUMENTS: Final = ("created", "error", "job", "request")

_Convert = Callable[[str, Mapping[str, Any], "_Place"], Mapping[str, Any]]

# Names schemas and leads nowhere. Not a `urn:`, which some validators do not take as a base (gojsonschema).
_HOME: Final = "https://github.com/miragic-stt-toolkit/miragic-stt-toolkit/schemas"
_KEPT_ANNOTATIONS: Final = frozenset({"title", "description", "default"})
# `[0-9]`, since `\d` means every digit of Unicode to some engines, Python's among them. Times as in RFC 3339,
# section 5.6: its letters may be small, and a minute may have a second 60.
_FORMAT_PATTERNS: Final = {
    "date-time": (
        r"^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])[Tt]([01][0-9]|2[0-3]):[0-5][0-9]:([0-5][0-9]|60)"
        r"(\.[0-9]+)?([Zz]|[+-]([01][0-9]|2[0-3]):[0-5][0-9])$"
    ),
    "uri": r'^[A-Za-z][A-Za-z0-9+.-]*:[^\s<>"{}|\\^`]*$',
}


class Strength(enum.StrEnum):
    """How much a schema demands."""

    STRICT = "strict"
    TOLERANT = "tolerant"


class Dialect(enum.StrEnum):
    """Which dialect of JSON Schema a schema is written in.

    Draft 7 is for validators that know nothing newer. It has no `format` (a pattern stands in its place) and
    no keyword of ours, so that it loads in a validator that refuses what it does not know.
    """

    DRAFT_2020_12 = "2020-12"
    DRAFT_07 = "draft-07"


_META: Final = {
    Dialect.DRAFT_2020_12: "https://json-schema.org/draft/2020-12/schema",
    Dialect.DRAFT_07: "http://json-schema.org/draft-07/schema#",
}
_DEFINITIONS: Final = {Dialect.DRAFT_2020_12: "$defs", Dialect.DRAFT_07: "definitions"}


def document_schema(
    spec: Spec, document: str, strength: Strength, dialect: Dialect = Dialect.DRAFT_2020_12
) -> dict[str, Any]:
    """Make the schema of a document. What it refers to comes along under `$defs` (or `definitions`).

    Args:
        spec: The contract.
        document: `created` (the answer to a submission), `job` (the answer to a poll), `error` (any other
            answer) or `request` (the fields of the form, the file as a text).
        strength: How much the schema demands.
        dialect: Which dialect it is written in.

    Raises:
        SpecError: The contract declares no such document.
    """
    media_type = _media_type(spec, document)
    is_strict = strength is Strength.STRICT
    bundle = _Bundle(spec, dialect, is_closed=is_strict, is_open=not is_strict and document != "request")
    body = bundle.convert(_Place(media_type.pointer, "", _needed_paths(spec, document)))
    definitions = {name: bundle.definitions[name] for name in sorted(bundle.definitions)}
    return {
        "$schema": _META[dialect],
        "$id": f"{_HOME}/{spec.version}/{_file_name(document, strength, dialect)}",
        **body,
        **({_DEFINITIONS[dialect]: definitions} if definitions else {}),
    }


def all_schemas(spec: Spec) -> Iterator[tuple[str, str]]:
    """Yield every schema as a file: its relative path (`2020-12/job.strict.json`) and its text.

    The same contract gives the same bytes.
    """
    for dialect in Dialect:
        for document in DOCUMENTS:
            for strength in Strength:
                schema = document_schema(spec, document, strength, dialect)
                text = json.dumps(schema, indent=2, ensure_ascii=False) + "\n"
                yield _file_name(document, strength, dialect), text


def write_schemas(spec: Spec, folder: Path) -> list[Path]:
    """Write every schema below a folder, which is made if it is missing, and return the files."""
    written = []
    for name, text in all_schemas(spec):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        # Else Windows would write other line ends, and the bytes would not be the same everywhere.
        path.write_text(text, encoding="utf-8", newline="\n")
        written.append(path)
    return written


def _file_name(document: str, strength: Strength, dialect: Dialect) -> str:
    """Return the relative path of a schema's file."""
    return f"{dialect}/{document}.{strength}.json"


def _media_type(spec: Spec, document: str) -> MediaType:
    """Find what the contract says of a document, in the operations that the lifecycle names."""
    found: MediaType | None = None
    if document == "request" and spec.submit.request_body:
        found = next(iter(spec.submit.request_body.content.values()), None)
    elif document == "created":
        found = next((response.json for response in spec.submit.successes if response.json), None)
    elif document == "job":
        found = next((response.json for response in spec.poll.successes if response.json), None)
    elif document == "error":
        # Both operations refer to one document of errors, so either would do.
        failures = (response for response in spec.poll.responses.values() if not response.is_success)
        found = next((response.json for response in failures if response.json), None)
    if found is None:
        raise SpecError(f"declares no document {document!r}; known are {', '.join(DOCUMENTS)}")
    return found


def _needed_paths(spec: Spec, document: str) -> frozenset[str]:
    """Return the places of a document that a client cannot do without, each with those above it."""
    submit, poll = spec.lifecycle.submit, spec.lifecycle.poll
    needed = {"created": (submit.id, submit.status), "job": (poll.id, poll.status, poll.result, poll.error)}
    return frozenset(
        "/".join(tokens[:depth])
        for pointer in needed.get(document, ())
        for tokens in [pointer.split("/")]
        for depth in range(2, len(tokens) + 1)
    )


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a schema stands, in the contract and in the document that it describes.

    Attributes:
        pointer: Where it stands in the contract.
        path: Where the value that it describes stands in the document.
        needed: The places of the document that stay required in an open schema.
        tag: The property that tells the branches of a union apart, if the schema is such a branch. A branch
            only narrows what stands around it.
        is_tag: Whether the schema is that of this property.
    """

    pointer: str
    path: str
    needed: frozenset[str]
    tag: str = ""
    is_tag: bool = False

    def below(self, token: str, path: str = "", *, tag: str = "", is_tag: bool = False) -> _Place:
        """Return a place below this one."""
        return _Place(f"{self.pointer}/{token}", self.path + path, self.needed, tag, is_tag)


class _Bundle:
    """Converts schemas of the contract, and gathers the components that they refer to."""

    def __init__(self, spec: Spec, dialect: Dialect, *, is_closed: bool, is_open: bool) -> None:
        """Make an empty bundle.

        Args:
            spec: The contract.
            dialect: The dialect that schemas are converted to.
            is_closed: Whether undeclared fields are refused.
            is_open: Whether fields that a client can do without may be missing or have any value.
        """
        self._references = References(spec.document)
        self._is_closed = is_closed
        self._is_open = is_open
        self._draft_07 = dialect is Dialect.DRAFT_07
        self._section = _DEFINITIONS[dialect]
        self._keywords: Mapping[str, _Convert] = {
            "properties": self._properties,
            "required": self._required,
            "oneOf": self._union,
            "anyOf": self._any_of,
            "items": self._items,
            "format": self._format,
            "enum": self._enumerated,
            "const": self._enumerated,
        }
        self.definitions: dict[str, dict[str, Any]] = {}

    def convert(self, place: _Place) -> dict[str, Any]:
        """Convert the schema that stands at a place of the contract."""
        return self._schema(self._references.target(f"#{place.pointer}", place.pointer), place)

    def _schema(self, schema: Mapping[str, Any], place: _Place) -> dict[str, Any]:
        if "$ref" in schema:
            return self._reference(schema["$ref"], place)
        converted: dict[str, Any] = {}
        for keyword in schema:
            if keyword in self._keywords:
                converted.update(self._keywords[keyword](keyword, schema, place))
            elif not _is_dropped(keyword):
                converted[keyword] = schema[keyword]
        # A branch of a union names some fields only, and `additionalProperties` sees no others than those
        # beside it (2020-12, core, section 10.3.2.3). `unevaluatedProperties` would, but draft 7 does not
        # have it.
        if "properties" in schema and self._is_closed and not place.tag:
            converted["additionalProperties"] = False
        if place.tag:
            # A validator in strict mode (Ajv) wants each required name declared beside `required`.
            undeclared = [name for name in converted.get("required", ()) if name not in schema["properties"]]
            converted["properties"].update(dict.fromkeys(undeclared, True))
        return converted

    def _reference(self, reference: str, place: _Place) -> dict[str, Any]:
        # Annotations beside the reference are left out: draft 7 ignores all that stands there (core, section
        # 8.3).
        name = reference.rpartition("/")[2]
        if name not in self.definitions:
            # Taken before it is filled, so that a schema that refers back to itself ends.
            self.definitions[name] = {}
            self.definitions[name] = self.convert(dataclasses.replace(place, pointer=reference[1:]))
        return {"$ref": f"#/{self._section}/{name}"}

    def _properties(self, _: str, schema: Mapping[str, Any], place: _Place) -> Mapping[str, Any]:
        kept = {
            name: child
            for name, child in schema["properties"].items()
            if not (self._is_open and place.tag and _is_assumed(child, place))
        }
        return {
            "properties": {
                name: self._schema(
                    child, place.below(f"properties/{name}", f"/{name}", is_tag=name == place.tag)
                )
                for name, child in kept.items()
            }
        }

    def _required(self, _: str, schema: Mapping[str, Any], place: _Place) -> Mapping[str, Any]:
        names = schema["required"]
        if self._is_open:
            # A branch demands some fields as null; a client does not care whether they are there.
            nulls = {name for name, child in schema["properties"].items() if child.get("type") == "null"}
            names = [name for name in names if f"{place.path}/{name}" in place.needed and name not in nulls]
        return {"required": list(names)} if names else {}

    def _union(self, _: str, schema: Mapping[str, Any], place: _Place) -> Mapping[str, Any]:
        """Convert a union. Branches beside `properties` narrow them; the discriminator tells them apart."""
        tag = schema["discriminator"]["propertyName"] if "discriminator" in schema else ""
        # Without a tag, no branch could be told from a whole object, and each would be closed by itself.
        if "properties" in schema and not tag:
            raise SpecError(
                "expected a `discriminator` in a union that stands beside `properties`", place.pointer
            )
        branches = [
            self._schema(child, place.below(f"oneOf/{index}", tag=tag))
            for index, child in enumerate(schema["oneOf"])
        ]
        return {
            "oneOf": [*branches, self._any_other(schema, tag, place)] if tag and self._is_open else branches
        }

    def _any_other(self, schema: Mapping[str, Any], tag: str, place: _Place) -> dict[str, Any]:
        """Return the branch of an open union for a tag that no other branch knows."""
        branches = self._references.resolve(schema["oneOf"], place.pointer)
        return {
            "title": "Any other",
            "description": f"A value of `{tag}` that this version of the contract does not know.",
            "type": "object",
            "required": [tag],
            "properties": {
                # `oneOf` takes a document that fits exactly one branch, so this one must refuse every known
                # tag.
                tag: {"type": "string", "not": {"enum": [b["properties"][tag]["const"] for b in branches]}}
            },
        }

    def _any_of(self, _: str, schema: Mapping[str, Any], place: _Place) -> Mapping[str, Any]:
        return {
            "anyOf": [
                self._schema(child, place.below(f"anyOf/{i}")) for i, child in enumerate(schema["anyOf"])
            ]
        }

    def _items(self, _: str, schema: Mapping[str, Any], place: _Place) -> Mapping[str, Any]:
        return {"items": self._schema(schema["items"], place.below("items", "/*"))}

    def _format(self, _: str, schema: Mapping[str, Any], place: _Place) -> Mapping[str, Any]:
        name = schema["format"]
        # Clients live with a date that is written in another way, so an open schema does not judge formats.
        # `binary` is OpenAPI's mark of a file for code generators, and unknown to JSON Schema.
        if self._is_open or name == "binary":
            return {}
        if not self._draft_07:
            return {"format": name}
        if name not in _FORMAT_PATTERNS:
            known = ", ".join(_FORMAT_PATTERNS)
            raise SpecError(
                f"the format {name!r} has no pattern for draft 7; known are {known}", place.pointer
            )
        return {"pattern": _FORMAT_PATTERNS[name]}

    def _enumerated(self, keyword: str, schema: Mapping[str, Any], place: _Place) -> Mapping[str, Any]:
        """Convert fixed values. An open schema keeps those of a union's tag, and of booleans, only."""
        # A tag that could be any value would let every branch of its union fit.
        is_kept = not self._is_open or place.is_tag or schema.get("type") == "boolean"
        return {keyword: schema[keyword]} if is_kept else {}


def _is_dropped(keyword: str) -> bool:
    """Return whether a keyword says nothing to a validator of documents."""
    # Draft 7 lets a validator judge by the last two, and the file of the form is only a text here.
    is_openapi_only = keyword in ("discriminator", "contentMediaType", "contentEncoding")
    return is_openapi_only or (is_annotation(keyword) and keyword not in _KEPT_ANNOTATIONS)


def _is_assumed(schema: Mapping[str, Any], place: _Place) -> bool:
    return read_evidence(schema, place.pointer).level is Level.ASSUMED

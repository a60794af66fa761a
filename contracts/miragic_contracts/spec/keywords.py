"""The OpenAPI and JSON Schema keywords that we handle, and those we knowingly ignore.

Any other keyword stops the loading: a keyword that is silently passed over is a promise that nobody keeps.
Extensions of others (`x-...`) may stand anywhere, unless they look like a misspelling of ours.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from .errors import SpecError
from .source import escape

# A list, so that a misspelling of one is told from the extension of another tool.
OUR_EXTENSIONS: Final = (
    "x-cost",
    "x-discrepancies",
    "x-evidence",
    "x-job-lifecycle",
    "x-open-questions",
    "x-sources",
    "x-statuses",
)


@dataclass(frozen=True, slots=True)
class Kind:
    """The keywords of one kind of object.

    Attributes:
        single: Keywords whose value is an object, with the kind of that object.
        many: Keywords whose value is a list of objects, with their kind.
        named: Keywords whose value is a mapping of names to objects, with their kind.
        plain: Keywords that we handle and whose value holds no further object.
        ignored: Keywords that we knowingly ignore.
    """

    single: Mapping[str, str] = field(default_factory=dict)
    many: Mapping[str, str] = field(default_factory=dict)
    named: Mapping[str, str] = field(default_factory=dict)
    plain: frozenset[str] = frozenset()
    ignored: frozenset[str] = frozenset()

    @property
    def known(self) -> frozenset[str]:
        """Every keyword that may stand in such an object."""
        return self.plain | self.ignored | self.single.keys() | self.many.keys() | self.named.keys()


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_OPERATIONS: Final = dict.fromkeys(_words("get put post delete options head patch trace"), "Operation")

KINDS: Final[Mapping[str, Kind]] = {
    "OpenAPI": Kind(
        single={"info": "Info", "components": "Components"},
        many={"servers": "Server"},
        named={"paths": "PathItem"},
        plain=_words("openapi security"),
        ignored=_words("tags externalDocs jsonSchemaDialect"),
    ),
    "Info": Kind(
        plain=_words("title version"), ignored=_words("summary description termsOfService contact license")
    ),
    "Server": Kind(plain=_words("url"), ignored=_words("description name")),
    "Components": Kind(
        named={
            "schemas": "Schema",
            "responses": "Response",
            "parameters": "Parameter",
            "headers": "Header",
            "examples": "Example",
            "requestBodies": "RequestBody",
            "securitySchemes": "SecurityScheme",
            "links": "Link",
        }
    ),
    "PathItem": Kind(
        single=_OPERATIONS, many={"parameters": "Parameter"}, ignored=_words("summary description")
    ),
    "Operation": Kind(
        single={"requestBody": "RequestBody"},
        many={"parameters": "Parameter"},
        named={"responses": "Response"},
        plain=_words("operationId security"),
        ignored=_words("tags summary description externalDocs deprecated"),
    ),
    "Parameter": Kind(
        single={"schema": "Schema"},
        named={"examples": "Example"},
        plain=_words("name in required"),
        ignored=_words("description example deprecated style explode"),
    ),
    "RequestBody": Kind(
        named={"content": "MediaType"}, plain=_words("required"), ignored=_words("description")
    ),
    "MediaType": Kind(single={"schema": "Schema"}, named={"examples": "Example"}, plain=_words("example")),
    "Response": Kind(
        named={"headers": "Header", "content": "MediaType", "links": "Link"}, plain=_words("description")
    ),
    "Header": Kind(
        single={"schema": "Schema"},
        plain=_words("required example"),
        ignored=_words("description deprecated"),
    ),
    "Example": Kind(plain=_words("value"), ignored=_words("summary description")),
    # Links are not followed: a test holds the one of the contract to the lifecycle.
    "Link": Kind(plain=_words("operationId parameters"), ignored=_words("description")),
    "SecurityScheme": Kind(plain=_words("type in name"), ignored=_words("description")),
    # No `allOf`: `additionalProperties: false` sees only the `properties` beside it (JSON Schema 2020-12,
    # core, section 10.3.2.3), so a strict schema made of parts would refuse the fields of the other parts.
    "Schema": Kind(
        single={"items": "Schema"},
        many={"oneOf": "Schema", "anyOf": "Schema"},
        named={"properties": "Schema"},
        plain=_words(
            "type enum const required default format pattern minLength maxLength minimum maximum"
            " exclusiveMinimum exclusiveMaximum multipleOf minItems maxItems uniqueItems"
            " additionalProperties discriminator"
        ),
        ignored=_words(
            "title description examples deprecated readOnly writeOnly $comment"
            " contentMediaType contentEncoding"
        ),
    ),
}

# Not the same as the ignored ones: `contentMediaType` tells the file of the form from the other fields.
ANNOTATIONS: Final = _words(
    "title description summary examples example deprecated readOnly writeOnly $comment"
)


def check_keywords(document: Mapping[str, Any]) -> None:
    """Check every keyword of a document.

    Raises:
        SpecError: A keyword is one that we neither handle nor ignore, or its value has the wrong shape.
    """
    _check(document, "OpenAPI", "")


def is_annotation(keyword: str) -> bool:
    """Return whether a schema keyword says something to people only, and judges nothing."""
    return keyword in ANNOTATIONS or keyword.startswith("x-")


def _check(node: Any, name: str, pointer: str) -> None:
    if not isinstance(node, Mapping):
        raise SpecError(f"expected {name} as a mapping, got {type(node).__name__}", pointer)
    kind = KINDS[name]
    for keyword in node:
        _check_keyword(keyword, kind, name, pointer, is_reference="$ref" in node)
    for child, child_name, below in _children(node, kind, pointer):
        _check(child, child_name, below)


def _check_keyword(keyword: str, kind: Kind, name: str, pointer: str, *, is_reference: bool) -> None:
    where = f"{pointer}/{escape(str(keyword))}"
    if keyword.startswith("x-"):
        # 0.8 finds a slip of one or two letters, and leaves the extensions of other tools alone.
        near = difflib.get_close_matches(keyword, OUR_EXTENSIONS, n=1, cutoff=0.8)
        if near and keyword not in OUR_EXTENSIONS:
            raise SpecError(f"`{keyword}` is not known; did you mean `{near[0]}`?", where)
    # OpenAPI 3.1 takes any keyword of a schema beside `$ref`, and combines them. Following a reference here
    # replaces it, so a keyword that judges would get lost.
    elif is_reference:
        if keyword != "$ref" and not is_annotation(keyword):
            raise SpecError(
                f"`{keyword}` beside `$ref` is not handled: move it into what is referred to", where
            )
    elif keyword not in kind.known:
        # Sorted, so that the hint does not change with the order of a set.
        near = difflib.get_close_matches(keyword, sorted(kind.known), n=1)
        hint = f"did you mean `{near[0]}`?" if near else f"{name} knows {', '.join(sorted(kind.known))}"
        raise SpecError(f"the keyword `{keyword}` is not handled in {name}; {hint}", where)


def _children(node: Mapping[str, Any], kind: Kind, pointer: str) -> Iterator[tuple[Any, str, str]]:
    for keyword, value in node.items():
        below = f"{pointer}/{escape(str(keyword))}"
        if keyword in kind.single:
            yield value, kind.single[keyword], below
        elif keyword in kind.many:
            _expect(value, list, below)
            yield from ((item, kind.many[keyword], f"{below}/{index}") for index, item in enumerate(value))
        elif keyword in kind.named:
            _expect(value, Mapping, below)
            yield from (
                (item, kind.named[keyword], f"{below}/{escape(str(key))}") for key, item in value.items()
            )


def _expect(value: Any, kind: type, pointer: str) -> None:
    if not isinstance(value, kind):
        expected = "a list" if kind is list else "a mapping"
        raise SpecError(f"expected {expected}, got {type(value).__name__}", pointer)

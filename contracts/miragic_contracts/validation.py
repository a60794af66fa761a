"""Judging a document by a schema, with a fast validator and a slower one that explains.

jsonschema-rs is the fast one: it judges every request. jsonschema is the reference: it says what is wrong
with what the fast one refused. Both assert `format`, and tests hold them to the same verdicts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import jsonschema
import jsonschema_rs
from jsonschema.exceptions import ValidationError

from .spec.source import escape


@dataclass(frozen=True, slots=True)
class Problem:
    """A reason why a document is refused.

    Attributes:
        pointer: The JSON Pointer of the value at fault, "" for the whole document.
        keyword: The keyword of the schema that refuses it.
        message: What is wrong, for people.
        schema_pointer: Where the keyword stands in the schema.
        expected: The value of the keyword.
    """

    pointer: str
    keyword: str
    message: str
    schema_pointer: str
    expected: Any = field(compare=False)

    def __str__(self) -> str:
        return f"{self.pointer or 'the document'}: {self.message}"


@dataclass(frozen=True, slots=True)
class Judge:
    """A compiled schema.

    Attributes:
        schema: The schema.
        is_valid: Returns whether a document satisfies the schema; fast.
    """

    schema: Mapping[str, Any]
    is_valid: Callable[[Any], bool]
    _explain: Callable[[Any], Iterator[ValidationError]]

    def problems(self, document: Any) -> tuple[Problem, ...]:
        """Return why a document is refused, by place; empty if it is accepted."""
        # The fast one first: a whole job takes it 2 microseconds, and the other 430.
        if self.is_valid(document):
            return ()
        # A dict for its order: branches of a union often report the same problem twice.
        found = {_problem(error): None for error in self._explain(document) for error in _narrowed(error)}
        return tuple(sorted(found, key=lambda problem: (problem.pointer, problem.keyword)))


def reference_validator(schema: Mapping[str, Any]) -> jsonschema.protocols.Validator:
    """Compile a schema with jsonschema, for the dialect that the schema names, with formats asserted."""
    kind = jsonschema.validators.validator_for(schema, default=jsonschema.Draft202012Validator)
    # `format` judges nothing by default (2020-12, validation, section 7.2.1). The checker of formats knows
    # dates and URIs only where rfc3339-validator and rfc3986-validator are installed; else any text is one,
    # without a word. Not `jsonschema.validate`, which checks the schema anew each time: 15 ms.
    return kind(schema, format_checker=kind.FORMAT_CHECKER)


def judge(schema: Mapping[str, Any]) -> Judge:
    """Compile a schema for judging many documents.

    Raises:
        ValueError: It is no schema, or uses a format that cannot be checked.
    """
    try:
        # As a plain dict: it refuses other mappings. A format that it does not know would else pass unjudged.
        fast = jsonschema_rs.validator_for(dict(schema), validate_formats=True, ignore_unknown_formats=False)
    except (jsonschema_rs.ValidationError, ValueError) as error:
        raise ValueError(f"expected a JSON Schema with known formats: {error}") from error
    return Judge(schema, fast.is_valid, reference_validator(schema).iter_errors)


def _narrowed(error: ValidationError) -> Iterator[ValidationError]:
    """Yield what is really wrong where a union refuses: the errors of the branch that was meant.

    That is the branch whose fixed value the document has. Where no single branch is meant, the union's own
    error is all there is to say.
    """
    # Not jsonschema's `best_match`, which gives one error only, and in a union the deepest one.
    branches: dict[Any, list[ValidationError]] = {}
    for below in error.context or ():
        branches.setdefault(below.relative_schema_path[0], []).append(below)
    candidates = [errors for errors in branches.values() if not any(map(_is_of_another_branch, errors))]
    if error.validator != "oneOf" or len(candidates) != 1:
        yield error
        return
    for below in candidates[0]:
        yield from _narrowed(below)


def _is_of_another_branch(error: ValidationError) -> bool:
    """Return whether an error says that the document was not meant for the branch."""
    # `not` is the open union's branch for unknown tags, `const` that of a known tag.
    is_of_another_type = error.validator == "type" and not error.relative_path
    return is_of_another_type or error.validator in ("const", "not")


def _problem(error: ValidationError) -> Problem:
    return Problem(
        pointer="".join(f"/{escape(str(token))}" for token in error.absolute_path),
        keyword=str(error.validator),
        # jsonschema's own message would print the whole document.
        message="is none of the forms that are known here" if error.validator == "oneOf" else error.message,
        schema_pointer="".join(f"/{escape(str(token))}" for token in error.absolute_schema_path),
        expected=error.validator_value,
    )

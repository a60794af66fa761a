"""Two validators, one verdict: the reference and the fast one agree on valid and invalid documents."""

from __future__ import annotations

import copy
import functools
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from miragic_contracts.schemas import DOCUMENTS, Dialect, Strength, document_schema
from miragic_contracts.spec import Spec, load_spec
from miragic_contracts.validation import Judge, judge, reference_validator

VALUES: tuple[Any, ...] = (
    None,
    True,
    False,
    0,
    -1,
    1.5,
    99,
    100,
    101,
    10**30,
    "",
    "x",
    "PENDING",
    "COMPLETED",
    "FAILED",
    "PROCESSING",
    "2026-01-01T11:00:00Z",
    "2026-01-01T11:00:00.084+01:00",
    "2026-02-30T11:00:00Z",
    "2026-01-01 11:00:00",
    "2026-01-01",
    "https://a.example/b?c=d",
    "no uri at all",
    "/relative",
    [],
    {},
)


@functools.cache
def spec() -> Spec:
    return load_spec()


@functools.cache
def schema(document: str, strength: Strength, dialect: Dialect) -> dict[str, Any]:
    return document_schema(spec(), document, strength, dialect)


@functools.cache
def judged_by(document: str, strength: Strength, dialect: Dialect) -> tuple[Judge, Any]:
    made = schema(document, strength, dialect)
    return judge(made), reference_validator(made)


def examples(document: str) -> list[Any]:
    if document == "request":
        assert spec().submit.request_body is not None
        return list(spec().submit.request_body.content["multipart/form-data"].examples.values())
    operation = spec().poll if document in ("job", "error") else spec().submit
    wanted = [r for r in operation.responses.values() if r.is_success is (document != "error")]
    return [example for response in wanted if response.json for example in response.json.examples.values()]


def places(node: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    yield path
    if isinstance(node, dict):
        for key, child in node.items():
            yield from places(child, (*path, key))


def changed(document: Any, path: tuple[str, ...], value: Any) -> Any:
    if not path:
        return value
    made = copy.deepcopy(document)
    functools.reduce(lambda node, key: node[key], path[:-1], made)[path[-1]] = value
    return made


def removed(document: Any, path: tuple[str, ...]) -> Any:
    made = copy.deepcopy(document)
    del functools.reduce(lambda node, key: node[key], path[:-1], made)[path[-1]]
    return made


def corpus(document: str) -> Iterator[Any]:
    """Each example; with each place removed, set to each odd value, or given a stranger beside it."""
    for example in examples(document):
        yield example
        for path in places(example):
            yield from (changed(example, path, value) for value in VALUES)
            yield changed(example, (*path[:-1], "stranger"), 1)
            if path:
                yield removed(example, path)


@pytest.mark.parametrize("dialect", list(Dialect))
@pytest.mark.parametrize("strength", list(Strength))
@pytest.mark.parametrize("document", DOCUMENTS)
def test_both_validators_agree_on_a_corpus(document: str, strength: Strength, dialect: Dialect) -> None:
    """On every example and every small change of one, the fast validator says what the reference says."""
    fast, reference = judged_by(document, strength, dialect)
    verdicts = {True: 0, False: 0}
    for instance in corpus(document):
        verdict = reference.is_valid(instance)
        verdicts[verdict] += 1
        assert fast.is_valid(instance) is verdict, instance
    assert verdicts[True] > 0
    assert verdicts[False] > 20


@given(st.sampled_from(sorted(DOCUMENTS)), st.sampled_from(list(Strength)), st.data())
def test_both_validators_agree_on_two_changes_at_once(
    document: str, strength: Strength, data: st.DataObject
) -> None:
    """Two changes at once, which may hide one another, are judged alike too."""
    instance = data.draw(st.sampled_from(examples(document)))
    for _ in range(2):
        path = data.draw(st.sampled_from(list(places(instance))))
        instance = changed(instance, path, data.draw(st.sampled_from(VALUES)))
    fast, reference = judged_by(document, strength, Dialect.DRAFT_2020_12)
    assert fast.is_valid(instance) is reference.is_valid(instance)
    assert bool(fast.problems(instance)) is not fast.is_valid(instance)


def test_formats_are_asserted() -> None:
    """A date that no calendar has is refused by both, though JSON Schema makes `format` an annotation."""
    fast, reference = judged_by("job", Strength.STRICT, Dialect.DRAFT_2020_12)
    wrong = changed(examples("job")[0], ("data", "createdAt"), "2026-02-30T11:00:00Z")
    assert not fast.is_valid(wrong)
    assert not reference.is_valid(wrong)


def test_a_schema_that_is_none_is_refused() -> None:
    """What is not a schema, or names a format that nobody checks, does not compile."""
    with pytest.raises(ValueError, match="JSON Schema"):
        judge({"type": "strin"})
    with pytest.raises(ValueError, match="format"):
        judge({"type": "string", "format": "no-such-format"})


def test_a_problem_says_what_where_and_by_which_rule() -> None:
    """A problem has its place in the document and in the schema, the keyword, and what was expected."""
    fast, _ = judged_by("job", Strength.STRICT, Dialect.DRAFT_2020_12)
    (problem,) = fast.problems(changed(examples("job")[0], ("data", "progress"), 100))
    assert (problem.pointer, problem.keyword, problem.expected) == ("/data/progress", "maximum", 99)
    assert problem.schema_pointer.endswith("/properties/progress/maximum")
    assert str(problem) == "/data/progress: 100 is greater than the maximum of 99"


def test_a_union_reports_the_branch_that_was_meant() -> None:
    """A COMPLETED job is judged as a completed job: the errors of the other branches are not reported."""
    fast, _ = judged_by("job", Strength.STRICT, Dialect.DRAFT_2020_12)
    completed = examples("job")[1]
    problems = fast.problems(changed(completed, ("data", "transcription"), None))
    assert [str(problem) for problem in problems] == ["/data/transcription: None is not of type 'string'"]


def test_a_union_that_nothing_fits_never_repeats_the_document() -> None:
    """The message about a value that fits no branch does not print the value, which may be large."""
    fast, _ = judged_by("job", Strength.STRICT, Dialect.DRAFT_2020_12)
    problems = fast.problems(changed(examples("job")[0], ("data", "status"), "PROCESSING"))
    assert "/data: is none of the forms that are known here" in [str(problem) for problem in problems]


def test_what_is_said_of_the_whole_document_says_so() -> None:
    """A problem with the document itself is not about an empty pointer but about the document."""
    fast, _ = judged_by("error", Strength.STRICT, Dialect.DRAFT_2020_12)
    (problem,) = fast.problems([])
    assert str(problem) == "the document: [] is not of type 'object'"

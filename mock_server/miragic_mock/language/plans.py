"""The one language for what happens to a job: how plans are written, found in a request, and layered.

    done-after=3s | done-after=5polls | done-after=0.4x | done=manual | done=never
    outcome=completed | outcome=failed      text=...      error=...      credits=2
    progress=linear | progress=steps | progress=stuck@60
    fault=429(retry-after=2,first=3)        (any number of them; fault=none for none)

Entries are separated by `;`. A value is percent-encoded where it holds one of `% ; , ( ) [ ]` (reading is
lenient about all others). `text` implies `outcome=completed` and `error` implies `outcome=failed`, unless the
same plan states the outcome.

Rule: reading never guesses. A word that is no word of a plan is an error that points at it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from typing import Any, Final

from ..domain.jobs.plan import EMPTY, MAX_DELAY_S, Finish, PlanLayer, Progress, merge
from ..errors import PlanError
from . import words
from .faults import format_fault, read_fault
from .words import Word

MAX_CHARS: Final = 65_536
"""The longest plan; it bounds what the caches of this file may hold."""

MAX_POLLS: Final = 1_000_000
MAX_FACTOR: Final = 10_000.0
MAX_CREDITS: Final = 1_000_000
# With an `=` inside, so that "hello [live].mp3" is no plan; without brackets inside, so that no tag can nest.
# Before the first `=` there is no other: the expression has one way to match, and takes linear time.
_TAG: Final = re.compile(r"\[(?P<plan>[^\[\]=]*=[^\[\]]*)\]")


MAGIC_KEYS: Final[Mapping[str, str]] = {
    "mock-failed": "outcome=failed",
    "mock-forbidden": "fault=403",
    "mock-invalid-key": "fault=401",
    "mock-lost": "fault=answer-lost(on=create,first=1)",
    "mock-never": "done=never",
    "mock-no-credits": "fault=402(on=create)",
    "mock-outage": "fault=503(retry-after=1,first=3)",
    "mock-processing": "fault=unknown-status(on=status)",
    "mock-rate-limited": "fault=429(retry-after=1,first=2)",
    "mock-slow": "done-after=30s",
}
"""Prefix of an API key -> the plan of every job it submits; what follows the prefix makes keys differ."""


@lru_cache(maxsize=512)
def parse_plan(text: str) -> PlanLayer:
    """Return the partial plan written in `text`, `MAX_CHARS` at most; empty text gives `EMPTY`.

    Raises:
        PlanError: It does not parse; the error points at the word and names the nearest legal one.
    """
    if len(text) > MAX_CHARS:
        raise Word(text, 0, text).fail(f"no more than {MAX_CHARS} characters")
    return _read(Word(text, 0, text).cut(0))


def format_plan(layer: PlanLayer) -> str:
    """Return the canonical text of `layer`; `parse_plan` reads it back as an equal value."""
    return ";".join(_written(layer))


def from_tag(text: str) -> PlanLayer:
    """Return the plan in square brackets in a file name or a question, e.g. `hello[done-after=3s].mp3`.

    Brackets count only when a word before an `=` in them is a plan's, or so near to one that it must be a
    slip; any others belong to the text. Of several tags the leftmost that gives a field wins.

    Raises:
        PlanError: A tag does not parse.
    """
    if "[" not in text:
        return EMPTY
    tags = (Word(match["plan"], match.start("plan"), text).cut(0) for match in _TAG.finditer(text))
    return merge(*(_read(tag) for tag in tags if _is_plan(tag)))


def from_api_key(key: str) -> PlanLayer:
    """Return the plan that an API key stands for: a tag in it, or one of `MAGIC_KEYS`.

    Raises:
        PlanError: A tag does not parse. Its text is the tag alone, never the key.
    """
    # The prefix ends at a hyphen: `mock-slowly` is a key like any other.
    if key.startswith("mock-"):
        for prefix, plan in MAGIC_KEYS.items():
            if key == prefix or key.startswith(prefix + "-"):
                return parse_plan(plan)
    # The tag alone goes on, since a `PlanError` repeats the text that it was found in.
    match = _TAG.search(key) if "[" in key else None
    return from_tag(match[0]) if match else EMPTY


def _is_plan(tag: Word) -> bool:
    return any(_resembles_key(part.split("=", 1)[0].strip()) for part in tag.raw.split(";") if "=" in part)


def _resembles_key(name: str) -> bool:
    return bool(words.nearest(name, _READERS))


def _read(word: Word) -> PlanLayer:
    values: dict[str, Any] = {}
    for entry in words.split(word, ";"):
        key, value = entry.partition("=")
        if key.raw not in _READERS:
            raise words.unknown(key, _READERS, what="one of the words of a plan")
        if value is None:
            raise entry.fail(f"{key.raw}=value")
        field_name, read = _READERS[key.raw]
        if field_name not in values:
            values[field_name] = read(value)
        elif field_name == "faults" and values["faults"] and value.raw != "none":
            values["faults"] += read(value)
        else:
            raise key.fail(f"no second word on {field_name}")
    return PlanLayer(**values)


def _fault(value: Word) -> tuple[str, ...]:
    return () if value.raw == "none" else (format_fault(read_fault(value)),)


def _done_after(value: Word) -> Finish:
    raw = value.raw
    if raw.endswith(("polls", "poll")):
        count = value.cut(0, raw.rindex("poll"))
        return Finish("polls", count.integer(low=0, high=MAX_POLLS, what="a number of polls"))
    if raw.endswith("x"):
        return Finish("audio", value.cut(0, -1).number(low=0, high=MAX_FACTOR, what="a factor"))
    try:
        return Finish("time", value.duration_s(high=MAX_DELAY_S))
    except PlanError:
        raise value.fail(
            "a time (3s, 250ms, 2m, 1h), a number of polls (5polls) or a factor (0.4x)"
        ) from None


def _done(value: Word) -> Finish:
    return Finish("manual" if value.one_of(("manual", "never"), what="one of") == "manual" else "never")


def _progress(value: Word) -> Progress:
    curve, at = value.partition("@")
    if curve.raw == "stuck":
        if at is None:
            raise value.fail("stuck@ and a percentage from 0 to 99")
        return Progress("stuck", at.integer(low=0, high=99, what="a percentage"))
    return Progress(
        "steps" if value.one_of(("linear", "steps", "stuck@60"), what="one of") == "steps" else "linear"
    )


_READERS: Final[Mapping[str, tuple[str, Callable[[Word], Any]]]] = {
    "done-after": ("finish", _done_after),
    "done": ("finish", _done),
    "outcome": ("outcome", lambda value: value.one_of(("completed", "failed"), what="one of")),
    "text": ("text", Word.string),
    "error": ("error", Word.string),
    "progress": ("progress", _progress),
    "credits": (
        "credits",
        lambda value: value.integer(low=0, high=MAX_CREDITS, what="a number of credits"),
    ),
    "fault": ("faults", _fault),
}


def _written(layer: PlanLayer) -> Iterator[str]:
    if layer.finish is not None:
        yield _written_finish(layer.finish)
    if layer.outcome is not None:
        yield f"outcome={layer.outcome}"
    if layer.text is not None:
        yield f"text={words.quote(layer.text)}"
    if layer.error is not None:
        yield f"error={words.quote(layer.error)}"
    if layer.progress is not None:
        stuck = layer.progress.curve == "stuck"
        yield f"progress=stuck@{layer.progress.at}" if stuck else f"progress={layer.progress.curve}"
    if layer.credits is not None:
        yield f"credits={layer.credits}"
    if layer.faults is not None:
        yield from (f"fault={fault}" for fault in layer.faults or ("none",))


def _written_finish(finish: Finish) -> str:
    match finish.by:
        case "time":
            return f"done-after={words.format_duration(finish.amount)}"
        case "polls":
            return f"done-after={finish.amount:.0f}polls"
        case "audio":
            return f"done-after={words.format_number(finish.amount)}x"
        case _:
            return f"done={finish.by}"

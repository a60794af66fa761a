"""Plans and faults that somebody hands to a mock, read and held against what its door can do."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from ..domain.plan import PlanLayer
from ..engine.injection.doors import Door
from ..errors import MockError
from ..exchange.refusals import RefusedError, closed
from ..language.faults import format_fault, parse_fault
from ..language.plans import parse_plan


def read_faults(texts: Iterable[str], door: Door) -> tuple[str, ...]:
    """Faults in canonical spelling.

    Raises:
        PlanError: one does not parse, or `door` cannot do it.
    """
    faults = tuple(format_fault(parse_fault(text)) for text in texts)
    door.check(faults)
    return faults


def read_plan(text: str, door: Door) -> PlanLayer:
    """A partial plan.

    Raises:
        PlanError: it does not parse, or `door` cannot do one of its faults.
    """
    layer = parse_plan(text)
    door.check(layer.faults or ())
    return layer


def readable(read: Callable[[], Any], what: str) -> Any:
    """What `read` gives.

    Raises:
        RefusedError: 400, it is not written as it should be; the message points at the word.
    """
    try:
        return read()
    except (MockError, ValueError) as error:
        raise RefusedError(400, closed(f"The {what} cannot be read: {error}")) from error

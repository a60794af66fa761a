"""Plans and faults as text, read and checked against what the mock's door can do."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from ..domain.jobs.plan import PlanLayer
from ..engine.injection.doors import Door
from ..errors import MockError
from ..exchange.refusals import RefusedError, closed
from ..language.faults import format_fault, parse_fault
from ..language.plans import parse_plan


def read_faults(texts: Iterable[str], door: Door) -> tuple[str, ...]:
    """Return faults in canonical spelling.

    Raises:
        PlanError: One does not parse, or `door` cannot do it.
    """
    faults = tuple(format_fault(parse_fault(text)) for text in texts)
    door.check(faults)
    return faults


def read_plan(text: str, door: Door) -> PlanLayer:
    """Return a partial plan.

    Raises:
        PlanError: It does not parse, or `door` cannot do one of its faults.
    """
    layer = parse_plan(text)
    door.check(layer.faults or ())
    return layer


@contextmanager
def reading(what: str) -> Iterator[None]:
    """Refuse the call when what is read in the block cannot be read.

    Args:
        what: What is read, as the refusal names it.

    Raises:
        RefusedError: 400, it is not written as it should be; the message points at the word.
    """
    try:
        yield
    except (MockError, ValueError) as error:
        raise RefusedError(400, closed(f"The {what} cannot be read: {error}")) from error

"""Whether a planned fault strikes a call, and which effect it then has.

Rule: a fault counts the requests it could strike, per job (or submission) when it comes from a plan, else per
tenant; chance is derived from that count, so the same requests are struck in every run.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from random import Random
from typing import NamedTuple

from ...domain import faults, identity
from ...domain.conditions import Fault
from ...domain.fault_kind import Moment
from ...domain.faults import Effect
from ...domain.tenants import Tenant
from ...exchange.call import Call
from ...language.faults import parse_fault
from ...stores.protocol import Store
from ..counting import take_moment, take_number, take_number_for_good


class PlanFaults(NamedTuple):
    """The faults of a job's plan.

    Attributes:
        texts: the faults, in canonical spelling.
        counted_by: the job or the submission whose requests they count.
        since: the tenant's time from which `within` counts; None for the first submission like this one.
    """

    texts: tuple[str, ...] = ()
    counted_by: str = ""
    since: float | None = None

    def planned(self) -> Iterator[Planned]:
        """Yield each fault of the plan, counted and drawn by its job or submission."""
        for text in self.texts:
            yield Planned(text, parse_fault(text), self.counted_by, self.counted_by, self.since)


@dataclass(frozen=True, slots=True)
class Planned:
    """A fault, and how the requests it could strike are counted.

    Attributes:
        text: the fault in canonical spelling.
        counted_by: names the count; there is one for each fault of a tenant and of a job.
        drawn_by: what chance is drawn by, the same in every run.
        since: the tenant's time from which `within` counts; None for the first request that it could strike.
    """

    text: str
    fault: Fault
    counted_by: str
    drawn_by: str
    since: float | None

    @property
    def effect(self) -> Effect:
        """What goes wrong."""
        return self.fault.effect


def of_tenant(tenant: Tenant) -> Iterator[Planned]:
    """Yield the faults of a tenant, which count anew whenever they are set."""
    since = tenant.faults_since
    for text in tenant.faults:
        yield Planned(text, parse_fault(text), f"since {since!r}", "", since)


@lru_cache(maxsize=1024)
def moment(fault: Fault, operation: str) -> Moment | None:
    """Return when `fault` strikes a request of `operation` (`"create"` or `"status"`); None for never."""
    return faults.moment_of(fault.effect) if fault.concerns(operation) else None


def hit_number(planned: Planned, call: Call, tenant: Tenant, store: Store, *, for_good: bool = False) -> int:
    """Return the 1-based number of this request among those the fault matches, or 0 if it is not struck.

    Args:
        planned: The fault.
        call: The request.
        tenant: Whose request it is.
        store: Where requests are counted.
        for_good: Whether the request counts although its exchange may not be kept.
    """
    fault = planned.fault
    # Only where the number matters: counting writes to the store, which a plain `503` on each request need
    # not.
    n = 1
    if (
        fault.p < 1
        or fault.first is not None
        or fault.skip
        or fault.every > 1
        or isinstance(fault.effect, faults.Drawn)
    ):
        take = take_number_for_good if for_good else take_number
        n = take(call, store, tenant.id, f"fault {planned.counted_by} {planned.text}")
    chance = identity.chance(tenant.seed, planned.drawn_by, planned.text, n) if fault.p < 1 else 0.0
    elapsed_s = 0.0 if fault.within_s is None else _elapsed_s(planned, call, tenant, store)
    return n if fault.hits(n, elapsed_s=elapsed_s, chance=chance) else 0


def effect_of_hit(planned: Planned, n: int, tenant: Tenant) -> Effect:
    """Return the effect for hit number `n`, with the wait drawn where it is to be drawn."""
    effect = planned.effect
    if not isinstance(effect, faults.Drawn):
        return effect
    return effect.drawn(Random(identity.seed_for(tenant.seed, "wait", planned.drawn_by, planned.text, n)))


def _elapsed_s(planned: Planned, call: Call, tenant: Tenant, store: Store) -> float:
    since = planned.since
    if since is None:
        since = take_moment(call, store, tenant.id, f"began {planned.counted_by} {planned.text}")
    # To the microsecond: the difference of two times of day is less exact than what people write.
    return round(call.at - since, 6)

"""Whether a planned fault strikes a call, and at which moment of it.

Rule: a fault counts the requests it could strike, per job (or submission) when it comes from a plan, else per
tenant; chance is derived from that count, so the same requests are struck in every run.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache
from random import Random
from typing import Final

from ...domain import faults, identity
from ...domain.faults import Effect, Fault
from ...domain.tenants import Tenant
from ...exchange.call import Call
from ...language.faults import parse_fault
from ...stores.protocol import Store

_LONGEST_WAIT_S: Final = 3600.0


class Moment(Enum):
    """When an effect strikes."""

    INSTEAD = "before any work is done"
    UPLOAD = "while an upload is read"
    AFTER = "when the work is done"
    NEVER = "not in this operation"


@dataclass(frozen=True, slots=True)
class Planned:
    """A fault as it was written, what the requests are counted by that it could strike (one count for each
    fault of a tenant and of a job), what chance is drawn by (the same in every run), and the tenant's time
    from which its `within_s` counts: None for the first request that it could strike."""

    text: str
    fault: Fault
    counted_by: str
    drawn_by: str
    since: float | None

    @property
    def effect(self) -> Effect:
        return self.fault.effect


def of_plan(text: str, counted_by: str, since: float | None) -> Planned:
    """A fault of a plan, whose job or submission it is counted and drawn by."""
    return Planned(text, parse_fault(text), counted_by, counted_by, since)


def of_tenant(text: str, since: float) -> Planned:
    """A fault of a tenant, which counts anew whenever it is set."""
    return Planned(text, parse_fault(text), f"since {since!r}", "", since)


@lru_cache(maxsize=1024)
def moment(fault: Fault, operation: str) -> Moment:
    """When `fault` strikes a request of `operation` (`"create"` or `"status"`)."""
    effect = fault.effect
    if not fault.concerns(operation):
        return Moment.NEVER
    if isinstance(effect, faults.Reset) and effect.when == "before":
        return Moment.INSTEAD
    if faults.byte_of(effect) is not None:
        return Moment.UPLOAD
    if isinstance(effect, faults.Status | faults.Hang):
        return Moment.INSTEAD
    return Moment.AFTER


def count_hit(one: Planned, call: Call, tenant: Tenant, store: Store) -> int:
    """Count a request that `one` could strike: its number, from 1, when it is hit, else 0."""
    fault = one.fault
    n = 1
    if fault.p < 1 or fault.first is not None or fault.skip or fault.every > 1 or _is_drawn(fault.effect):
        n = store.count(tenant.id, f"fault {one.counted_by} {one.text}")
    chance = identity.chance(tenant.seed, one.drawn_by, one.text, n) if fault.p < 1 else 0.0
    elapsed_s = 0.0 if fault.within_s is None else _elapsed_s(one, call, tenant, store)
    return n if fault.hits(n, elapsed_s=elapsed_s, chance=chance) else 0


def _elapsed_s(one: Planned, call: Call, tenant: Tenant, store: Store) -> float:
    since = one.since
    if since is None:
        since = store.since(tenant.id, f"began {one.counted_by} {one.text}", call.at)
    # To the microsecond: the difference of two times of day is less exact than what people write.
    return round(call.at - since, 6)


def settled(one: Planned, n: int, tenant: Tenant) -> Effect:
    """The effect for hit number `n`, a drawn wait being drawn."""
    effect = one.effect
    if not _is_drawn(effect):
        return effect
    source = Random(identity.seed_for(tenant.seed, "wait", one.drawn_by, one.text, n))
    if isinstance(effect, faults.Uniform):
        return faults.Delay(source.uniform(effect.low_s, effect.high_s))
    assert isinstance(effect, faults.Lognormal)
    if effect.median_s == 0:
        return faults.Delay(0.0)
    wait_s = source.lognormvariate(math.log(effect.median_s), effect.sigma)
    return faults.Delay(min(wait_s, _LONGEST_WAIT_S))


def _is_drawn(effect: Effect) -> bool:
    return isinstance(effect, faults.Uniform | faults.Lognormal)

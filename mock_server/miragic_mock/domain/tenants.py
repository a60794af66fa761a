"""A tenant: everything that belongs to one API key, as a value.

Rule: the key itself is never kept, only a digest from which it cannot be had back, beside the tenant's clock,
seed, plan, scenario, faults, credits and rate limit.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Final

from .clock import REAL, Clock
from .jobs.plan import EMPTY, PlanLayer

SERVER: Final = "server"
"""The id of the tenant that stands for the server: its clock, plan and faults underlie all others."""


@dataclass(frozen=True, slots=True)
class RateLimit:
    """At most `requests` requests in each window of `per_s` seconds."""

    requests: int
    per_s: float = 60.0

    def window(self, at: float) -> int:
        """Return the number of the window that the moment `at` is in; windows are aligned with the clock."""
        # Aligned and not sliding: a window is then one counter of the store, named by its number, and all
        # processes that share the store agree on it (`engine.admission`).
        return math.floor(at / self.per_s)

    def ends_at(self, at: float) -> float:
        """Return when the window that `at` is in ends, and the next begins."""
        return (self.window(at) + 1) * self.per_s


@dataclass(frozen=True, slots=True)
class Tenant:
    """What belongs to one API key.

    Attributes:
        id: What `tenant_id` gives for the key.
        name: A label for people.
        created_at: Real epoch seconds.
        expires_at: Real epoch seconds, None for never.
        clock: What makes the tenant's time of real time.
        seed: What ids and chance are derived from.
        plan: The tenant's layer of every plan.
        scenario: The TOML text of its scenario, empty for none.
        faults: Canonical texts of faults that strike any request.
        faults_since: The tenant's time at which they were set.
        credits: What was granted, None for no limit.
        rate_limit: What is let in, None for no limit.
        is_declared: Whether it was made by the control API or at start; false where a request made it.
        link_secret: The server's alone: what the links to texts are signed with, empty for a random one.
    """

    id: str
    name: str = ""
    created_at: float = 0.0
    expires_at: float | None = None
    clock: Clock = REAL
    seed: int = 0
    plan: PlanLayer = EMPTY
    scenario: str = ""
    faults: tuple[str, ...] = ()
    faults_since: float = 0.0
    credits: int | None = None
    rate_limit: RateLimit | None = None
    is_declared: bool = False
    link_secret: str = field(default="", repr=False)

    def is_over(self, real: float) -> bool:
        """Return whether its time is over at the real moment `real`."""
        return self.expires_at is not None and self.expires_at <= real


def tenant_id(api_key: str) -> str:
    """Return the id of the tenant that owns `api_key`: 32 hexadecimal digits."""
    data = api_key.encode("utf-8", "surrogatepass")
    # Unsalted on purpose: the id of a key is the same in every process and after every restart.
    return blake2b(data, digest_size=16, person=b"miragic-tenant").hexdigest()


def is_key(text: str) -> bool:
    """Return whether a client can have a text as its key: ASCII that can be seen."""
    # RFC 9110 (section 5.5) lets other bytes into a header but gives them no meaning; of the servers that run
    # a mock one drops them, so two such keys could not be told apart.
    return text.isascii() and text.isprintable() and not text.isspace() and text != ""


def new_api_key(random_bytes: Callable[[int], bytes]) -> str:
    """Return a fresh API key, whose prefix no key of the vendor's has.

    Args:
        random_bytes: Where chance comes from, e.g. `os.urandom`.
    """
    return f"mock_key_{random_bytes(16).hex()}"


def faults_since(tenant: Tenant, now: float) -> float:
    """Return the time at which new faults of a tenant count as set, at `now`."""
    # Never the time of the faults before, even on a frozen clock, since hits are counted from it.
    before = tenant.faults_since
    # Any other time will do, also an earlier one after the clock was set back: it names another count.
    return math.nextafter(before, math.inf) if now <= before < now + 1 else now

"""A tenant: everything that belongs to one API key, as a value.

Rule: the key itself is never kept. What is kept is a digest, from which nobody gets the key back, and what
the tenant was given: clock, seed, plan, scenario, faults, credits and rate limit.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import blake2b
from typing import Final

from .clock import REAL, Clock
from .plan import EMPTY, PlanLayer

SERVER: Final = "server"
"""The id of the tenant that stands for the server: its clock, plan and faults underlie all others."""


@dataclass(frozen=True, slots=True)
class RateLimit:
    """At most `requests` requests in each window of `per_s` seconds."""

    requests: int
    per_s: float = 60.0

    def window(self, at: float) -> int:
        """The number of the window that the moment `at` is in; windows are aligned with the clock."""
        return math.floor(at / self.per_s)

    def ends_at(self, at: float) -> float:
        """When the window that `at` is in ends, and the next begins."""
        return (self.window(at) + 1) * self.per_s


@dataclass(frozen=True, slots=True)
class Tenant:
    """What belongs to one API key.

    `id` is `tenant_id(key)`; `name` is a label for people. `created_at` and `expires_at` (None: never) are
    real epoch seconds. `clock` maps real to the tenant's time. `plan` is the tenant's layer; `scenario` the
    TOML text of its scenario, empty for none; `faults` are canonical fault texts that strike any request, and
    `faults_since` is the tenant's time at which they were set. `credits` is what was granted, None for no
    limit; `rate_limit` None for none. `is_declared` is false for a tenant that a mere request brought to
    life.
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


def tenant_id(api_key: str) -> str:
    """The id of the tenant that owns `api_key`: 32 hexadecimal digits."""
    data = api_key.encode("utf-8", "surrogatepass")
    return blake2b(data, digest_size=16, person=b"miragic-tenant").hexdigest()


def is_key(text: str) -> bool:
    """Whether a client can have it as its key: ASCII that can be seen.

    RFC 9110 (section 5.5) lets other bytes into a header but gives them no meaning; of the servers that run a
    mock one drops them, so two such keys could not be told apart.
    """
    return text.isascii() and text.isprintable() and not text.isspace() and text != ""


def new_api_key(random_bytes: Callable[[int], bytes]) -> str:
    """A fresh API key, told apart from the vendor's by its prefix; `random_bytes` is e.g. `os.urandom`."""
    return f"mock_key_{random_bytes(16).hex()}"


def faults_since(tenant: Tenant, now: float) -> float:
    """The time at which new faults of `tenant` count as set, at `now`.

    It is never the time of the faults before, even on a frozen clock, since hits are counted from it.
    """
    before = tenant.faults_since
    return math.nextafter(before, math.inf) if now <= before < now + 1 else now

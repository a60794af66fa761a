"""Admission: from an API key to the tenant that owns it, and what that tenant may do now.

Rule: the key is turned into a digest here and is known nowhere below. The server is a tenant too, whose clock
ticks beneath all others: a tenant's clock reads the server's as its real time.
"""

from __future__ import annotations

import math
import os
from dataclasses import replace
from functools import lru_cache
from typing import Final

from ..domain.jobs.lifecycle import minds_polls
from ..domain.settings import Settings
from ..domain.tenants import SERVER, RateLimit, Tenant, is_key, tenant_id
from ..exchange.call import Call
from ..exchange.refusals import RefusedError
from ..records.ledger import RateUse
from ..stores.protocol import Glance, Store
from .counting import note_one, take_number

_RATE_LIMITED: Final = "rate limited"


@lru_cache(maxsize=4096)
def _owner(key: str) -> str | None:
    """Return the id of the tenant that owns `key`; None where it is no key."""
    # Cached: each request needs it twice, and most come with the same few keys.
    return tenant_id(key) if is_key(key) else None


class Tenancy:
    """The tenants of a store.

    Args:
        server: what the server's own tenant is at first.

    Attributes:
        link_secret: what links to texts are signed with.
    """

    def __init__(self, store: Store, settings: Settings, server: Tenant) -> None:
        self._store = store
        self._settings = settings
        # Kept in the store, so that processes that share it, and those that come later, honour its links.
        drawn = server.link_secret or os.urandom(32).hex()
        stored = store.add_tenant(replace(server, link_secret=drawn))
        self.link_secret = server.link_secret or stored.link_secret
        self._first_server = replace(server, link_secret=self.link_secret)

    def server(self) -> Tenant:
        """Return the server's tenant."""
        return self._store.tenant(SERVER) or self._store.add_tenant(self._first_server)

    def server_time(self, real: float) -> float:
        """Return what the server's clock shows at the real moment `real`."""
        return self.server().clock.now(real)

    def find(self, name: str, real: float) -> Tenant | None:
        """Return the tenant of that id; None for none, and for one whose time is over at `real`."""
        tenant = self._store.tenant(name)
        return tenant if tenant is not None and self._lives(tenant, real) else None

    def alive(self, real: float) -> list[Tenant]:
        """Return all tenants but the server's own, in order of creation."""
        tenants = [tenant for tenant in self._store.tenants() if tenant.id != SERVER]
        return [tenant for tenant in tenants if self._lives(tenant, real)]

    def time_of(self, name: str, real: float) -> float | None:
        """Return what a tenant's clock shows at the real moment `real`; None for no such tenant."""
        tenant = self.server() if name == SERVER else self.find(name, real)
        if tenant is None:
            return None
        return tenant.clock.now(real if name == SERVER else self.server_time(real))

    def glance(self, key: str, job_id: str = "", *, recalled_at: float | None = None) -> Glance:
        """Return what the store has of the server, the tenant that owns `key`, and its job.

        Args:
            recalled_at: the real moment of a request whose glance may be an old one. It is where a poll
                writes nothing but its exchange: writing that finds out whether all was still so, before
                anything is done. None: look in any case.
        """
        name = _owner(key) or ""
        if recalled_at is not None:
            recalled = self._store.recall(name, job_id)
            if recalled is not None and _changes_only_a_count(recalled, recalled_at):
                return recalled
        return self._store.glance(name, job_id)

    def admit(self, key: str, tenant: Tenant | None, real: float) -> Tenant | None:
        """Return the tenant that owns `key`, made where the key is new; None where it is not let in.

        Any key is let in (`is_key`), unless keys were given at start: then those, and the keys of tenants
        that were declared since. A tenant whose time is over has ended; its key is a stranger's.

        Args:
            tenant: the tenant that the store has for the key, None for none.
            real: the moment in epoch seconds.
        """
        name = _owner(key)
        if name is None:
            return None
        if tenant is not None and not self._lives(tenant, real):
            tenant = None
        known = self._settings.known_tenants
        if known and name not in known and not (tenant is not None and tenant.is_declared):
            return None
        return tenant or self._store.add_tenant(self._undeclared(name, real))

    def limit(self, call: Call, tenant: Tenant) -> None:
        """Count a request against the tenant's rate limit, and a refusal in its books.

        Raises:
            RefusedError: 429 with Retry-After, the seconds until the window ends.
        """
        rate = tenant.rate_limit
        if rate is None:
            return
        if take_number(call, self._store, tenant.id, _window(rate, call.at)) > rate.requests:
            note_one(call, _RATE_LIMITED)
            # Whole seconds (RFC 9110, section 10.2.3), rounded up, so that who waits so long is let in.
            wait_s = max(math.ceil(rate.ends_at(call.at) - call.at), 1)
            call.retry_after_s = wait_s
            raise RefusedError(429, headers=(("Retry-After", str(wait_s)),))

    def rate_use(self, tenant: Tenant, at: float) -> RateUse | None:
        """Return the use of the tenant's rate limit in the window around `at`; None where it has none."""
        rate = tenant.rate_limit
        if rate is None:
            return None
        asked = int(self._store.counted(tenant.id, _window(rate, at)))
        used = min(asked, rate.requests)
        return RateUse(rate, rate.ends_at(at), used, asked - used)

    def rate_limited(self, tenant: Tenant) -> int:
        """Return how many requests of the tenant its rate limit has refused in all."""
        return int(self._store.counted(tenant.id, _RATE_LIMITED))

    def _lives(self, tenant: Tenant, real: float) -> bool:
        if not tenant.is_over(real):
            return True
        # If it still is: others may have ended it since, and its key may have a new tenant by now.
        self._store.end_tenant(tenant.id, real)
        return False

    def _undeclared(self, name: str, real: float) -> Tenant:
        settings = self._settings
        return Tenant(
            name,
            created_at=real,
            seed=self.server().seed,
            credits=settings.credits,
            rate_limit=settings.rate_limit,
        )


def _window(rate: RateLimit, at: float) -> str:
    return f"rate {rate.window(at)}"


def _changes_only_a_count(seen: Glance, real: float) -> bool:
    """Whether a poll changes nothing but its count.

    No tenant has ended, and there is no fault, no rate limit and no job that polls end.
    """
    server, tenant, job = seen.server, seen.tenant, seen.job
    return (
        server is not None
        and tenant is not None
        and job is not None
        and not (server.faults or tenant.faults or job.plan.faults)
        and tenant.rate_limit is None
        and not tenant.is_over(real)
        and not minds_polls(job)
    )

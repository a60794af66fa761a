"""Who asks: from an API key to the tenant that owns it, and what that tenant may do now.

Rule: the key is turned into a digest here and is known nowhere below. The server is a tenant too, whose clock
ticks beneath all others: a tenant's clock reads the server's as its real time.
"""

from __future__ import annotations

import math
from functools import lru_cache

from .calls import Call
from .refusals import Refused
from .settings import Settings
from .stores.protocol import Store
from .tenants import SERVER, Tenant, tenant_id

__all__ = ["Tenancy"]

_id_of = lru_cache(maxsize=4096)(tenant_id)


class Tenancy:
    """The tenants of a store. `server` is what the server's own tenant is at first."""

    def __init__(self, store: Store, settings: Settings, server: Tenant) -> None:
        self._store = store
        self._settings = settings
        self._first_server = server
        store.add_tenant(server)

    def server(self) -> Tenant:
        """The server's tenant."""
        return self._store.tenant(SERVER) or self._store.add_tenant(self._first_server)

    def server_time(self, real: float) -> float:
        """What the server's clock shows at the real moment `real`."""
        return self.server().clock.now(real)

    def admit(self, key: str, real: float) -> Tenant | None:
        """The tenant that owns `key`, made if this is the first that is heard of it; None for no admittance.

        Admitted is any key that is not empty, unless keys were given at start: then those and the keys of
        tenants that were declared since. A tenant whose time is over has ended; its key is a stranger's.
        """
        if not key or key.isspace():
            return None
        name = _id_of(key)
        tenant = self._store.tenant(name)
        if tenant is not None and tenant.expires_at is not None and tenant.expires_at <= real:
            self._store.drop_tenant(name)
            tenant = None
        known = self._settings.known_tenants
        if known and name not in known and not (tenant is not None and tenant.is_declared):
            return None
        return tenant or self._store.add_tenant(self._undeclared(name, real))

    def limit(self, call: Call, tenant: Tenant) -> None:
        """Count a request against the tenant's rate limit.

        Raises:
            Refused: 429 with Retry-After, the seconds until the window ends.
        """
        rate = tenant.rate_limit
        if rate is None:
            return
        window = math.floor(call.at / rate.per_s)
        if self._store.count(tenant.id, f"rate {window}") > rate.requests:
            wait_s = max(math.ceil((window + 1) * rate.per_s - call.at), 1)
            call.retry_after_s = wait_s
            raise Refused(429, headers=(("Retry-After", str(wait_s)),))

    def _undeclared(self, name: str, real: float) -> Tenant:
        settings = self._settings
        return Tenant(
            name,
            created_at=real,
            seed=self.server().seed,
            credits=settings.credits,
            rate_limit=settings.rate_limit,
        )

"""What a view of the control API gets and gives.

Rule: a view is a function from what was asked to a value; it knows no HTTP but a status where that is not
200.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final, NamedTuple

from ..domain.tenants import SERVER, Tenant
from ..engine.engine import Engine
from ..exchange.messages import Headers, Request
from ..exchange.refusals import RefusedError

MAX_BODY_BYTES: Final = 4 * 1024 * 1024
"""The most that the body of a call may have."""


class Reply(NamedTuple):
    """An answer that is more than a 200 with a JSON value. `body` is sent as it is when it is bytes."""

    status: int
    body: Any = None
    headers: Headers = ()


@dataclass(frozen=True, slots=True)
class Asked:
    """A call that was let in and is well-formed.

    `tenant` is whom it is about, the server's own tenant where it names nobody. `path`, `query` and `body`
    have been checked against the document; `body` is an empty mapping where there was none. `real_at` is
    the real moment of the call in epoch seconds.
    """

    engine: Engine
    request: Request
    tenant: Tenant
    path: Mapping[str, str]
    query: Mapping[str, Any]
    body: Mapping[str, Any]
    real_at: float

    @property
    def is_about_server(self) -> bool:
        """Whether the call names no tenant."""
        return self.tenant.id == SERVER

    @property
    def now(self) -> float:
        """What the clock of the call's tenant shows."""
        return self.now_of(self.tenant)

    def now_of(self, tenant: Tenant) -> float:
        """What a tenant's clock shows."""
        return tenant.clock.now(self.beneath(tenant))

    def beneath(self, tenant: Tenant) -> float:
        """What a tenant's clock takes for real time: the server's, and for the server's own the real one."""
        return self.real_at if tenant.id == SERVER else self.engine.tenancy.server_time(self.real_at)

    def tenants(self) -> list[Tenant]:
        """The tenants that the call is about: all when it names none."""
        if not self.is_about_server:
            return [self.tenant]
        return self.engine.tenancy.alive(self.real_at)

    def change(self, **changes: Any) -> Tenant:
        """The call's tenant with some fields changed, stored.

        Raises:
            RefusedError: 404, the tenant has just ended.
        """
        return self.change_by(lambda tenant: replace(tenant, **changes))

    def change_by(self, change: Callable[[Tenant], Tenant]) -> Tenant:
        """The call's tenant after `change`, stored; of two changes made together neither is lost.

        Raises:
            RefusedError: 404, the tenant has just ended.
        """
        changed = self.engine.store.change_tenant(self.tenant.id, change)
        if changed is None:
            raise RefusedError(404, "The tenant has ended meanwhile.")
        return changed

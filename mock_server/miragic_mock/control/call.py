"""What a view of the control API takes and gives.

Rule: a view is a function from a call to a JSON value; it knows no HTTP but a status where that is not 200.
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


class ControlAnswer(NamedTuple):
    """What a view gives where its answer is more than a 200 with a JSON value.

    Attributes:
        status: The HTTP status.
        body: A JSON value, or bytes, which are sent as they are.
        headers: Headers beside those that every answer has.
    """

    status: int
    body: Any = None
    headers: Headers = ()


@dataclass(frozen=True, slots=True)
class ControlCall:
    """A call that was let in and is well-formed.

    Attributes:
        engine: The mock.
        request: The call as it came.
        tenant: The tenant that the call is about; the server's own where it names none.
        path: The values of the path's parameters.
        query: The values of the query, with defaults for what is missing.
        body: The body, empty where there is none. Like `query`, it is as the document wants it.
        real_at: The moment of the call in real epoch seconds.
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
        """Return what a tenant's clock shows."""
        return tenant.clock.now(self.time_beneath(tenant))

    def time_beneath(self, tenant: Tenant) -> float:
        """Return what a tenant's clock takes for real time: the server's, and for the server the real one."""
        return self.real_at if tenant.id == SERVER else self.engine.tenancy.server_time(self.real_at)

    def tenants(self) -> list[Tenant]:
        """Return the tenants that the call is about: all of them when it names none."""
        if not self.is_about_server:
            return [self.tenant]
        return self.engine.tenancy.alive(self.real_at)

    def change(self, **changes: Any) -> Tenant:
        """Change some fields of the call's tenant, and return it as it is stored.

        Raises:
            RefusedError: 404, the tenant has just ended.
        """
        return self.change_by(lambda tenant: replace(tenant, **changes))

    def change_by(self, change: Callable[[Tenant], Tenant]) -> Tenant:
        """Change the call's tenant, and return it as it is stored.

        Args:
            change: From the tenant to what it becomes. It may run more than once: of two changes that are
                made together neither is lost.

        Raises:
            RefusedError: 404, the tenant has just ended.
        """
        changed = self.engine.store.change_tenant(self.tenant.id, change)
        if changed is None:
            raise RefusedError(404, "The tenant has ended meanwhile.")
        return changed

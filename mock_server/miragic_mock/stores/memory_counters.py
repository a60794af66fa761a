"""Counters and moments of the memory store.

Rule: there is a counter for most jobs, so each is kept small, and their number is bounded.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from hashlib import blake2b
from itertools import islice
from typing import Final

from ..errors import OutdatedError
from .protocol import Count

_EVICTED_SHARE: Final = 100


class MemoryCounters:
    """The counters of all tenants, `bound` at most; the store has the lock for them.

    Attributes:
        evicted: How many counters were let go to stay within the bound.
    """

    def __init__(self, bound: int) -> None:
        self._bound = bound
        self._values: dict[bytes, float] = {}
        self.evicted = 0

    def count(self, tenant_id: str, name: str) -> int:
        """Add one to a counter and return the result."""
        key = _key(tenant_id, name)
        # Taken out and put in anew, so that the order is that in which counters were last counted.
        n = self._values[key] = int(self._values.pop(key, 0)) + 1
        self._make_space()
        return n

    def counted(self, tenant_id: str, name: str) -> float:
        """Return what a counter has come to, or the moment it holds."""
        return self._values.get(_key(tenant_id, name), 0)

    def check(self, tenant_id: str, counts: Sequence[Count]) -> None:
        """Make sure that counters are where they were found.

        Raises:
            OutdatedError: One is not.
        """
        for name, before, _ in counts:
            if before is not None and self.counted(tenant_id, name) != before:
                raise OutdatedError(tenant_id)

    def keep(self, tenant_id: str, counts: Sequence[Count]) -> None:
        """Bring counters to where a request brings them."""
        for name, before, after in counts:
            key = _key(tenant_id, name)
            value = self._values.pop(key, 0)
            self._values[key] = value + 1 if before is None else after
        self._make_space()

    def values(self, tenant_id: str, counts: Sequence[Count]) -> dict[str, float]:
        """Return where counters are now."""
        return {name: self.counted(tenant_id, name) for name, _, _ in counts}

    def restore(self, tenant_id: str, values: Mapping[str, float]) -> None:
        """Bring counters back to where they were."""
        for name, value in values.items():
            if value:
                self._values[_key(tenant_id, name)] = value
            else:
                self._values.pop(_key(tenant_id, name), None)

    def drop(self, tenant_id: str) -> None:
        """Forget all that belongs to a tenant."""
        owner = _owner(tenant_id)
        for key in [key for key in self._values if key.startswith(owner)]:
            del self._values[key]

    def _make_space(self) -> None:
        surplus = len(self._values) - self._bound
        if surplus > 0:
            # Some at a time: finding the first in a dictionary that lost its first is what costs.
            surplus += self._bound // _EVICTED_SHARE
            for key in list(islice(self._values, surplus)):
                del self._values[key]
            self.evicted += surplus


def _key(tenant_id: str, name: str) -> bytes:
    # A digest, since names are long.
    name_bytes = name.encode("utf-8", "surrogatepass")
    return _owner(tenant_id) + blake2b(name_bytes, digest_size=16).digest()


@lru_cache(maxsize=1024)
def _owner(tenant_id: str) -> bytes:
    return blake2b(tenant_id.encode(), digest_size=8).digest()

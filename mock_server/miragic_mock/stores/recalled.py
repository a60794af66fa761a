"""What the stores outside this process remember of their last glances, so that polls need not look again.

Rule: what is recalled may no longer be so. Acting on it takes its proof, which goes to `Store.append`: that
does nothing when the proof does not hold.
"""

from __future__ import annotations

from typing import Final

from .protocol import Glance

_MOST: Final = 2_000


class Recalled:
    """The newest glances at jobs, at most `most` of them. Safe to use from any thread."""

    def __init__(self, *, most: int = _MOST) -> None:
        self._most = most
        self._glances: dict[tuple[str, str], Glance] = {}

    def put(self, tenant_id: str, job_id: str, glance: Glance, proof: tuple[str, ...]) -> None:
        """Remember a glance, unless something was missing: that may be there at the next request."""
        self._glances.pop((tenant_id, job_id), None)
        if None in glance:
            return
        if len(self._glances) >= self._most:
            # Another thread may have made space at the same moment.
            self._glances.pop(next(iter(self._glances)), None)
        self._glances[tenant_id, job_id] = glance._replace(proof=proof)

    def get(self, tenant_id: str, job_id: str) -> Glance | None:
        """Return the last glance at a tenant's job, with its proof; None where it is not remembered."""
        return self._glances.get((tenant_id, job_id))

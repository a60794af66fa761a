"""How a mock behaves where the contract leaves a choice: one value, fixed at start.

Rule: every field has a switch of `miragic-mock serve` and a test that fails when it is not honoured. What may
differ between tenants (clock, plan, faults, credits) is not here: it belongs to `Tenant`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from .limits import Limits
from .tenants import RateLimit

Times = Literal["iso", "unix"]
ErrorShape = Literal["nested", "flat"]

DEFAULT_MAX_UPLOAD_BYTES: Final = 64 * 1024 * 1024
_LIMITS: Final = Limits()


@dataclass(frozen=True, slots=True)
class Settings:
    """The switches; the questions they answer are those of `x-open-questions` and `x-discrepancies`.

    Attributes:
        create_status: The status of an accepted submission (Q1).
        times: How the job's document writes moments (D25).
        progress: Whether the job's document has a percentage (D18).
        download_signed_url: Whether the job's document has a link to the text (D17).
        errors: The shape of refusals (Q6).
        strict: Whether to refuse what is otherwise taken with a warning (D1, Q15).
        max_upload_bytes: The largest file that is taken (D6).
        known_tenants: The ids of the only keys that are let in, empty for any key.
        credits: What a tenant gets that does not say, None for no limit (Q10).
        rate_limit: The limit of a tenant that does not say, None for none (Q8).
        refund_failed: Whether the price of a FAILED job is given back.
        cors: Whether browsers of any origin are let in.
        public_url: What links start with, None for the address that the client used.
        limits: How long the server waits for clients, and for how many at once.
    """

    create_status: int = 201
    times: Times = "iso"
    progress: bool = True
    download_signed_url: bool = False
    errors: ErrorShape = "nested"
    strict: bool = False
    max_upload_bytes: int = DEFAULT_MAX_UPLOAD_BYTES
    # Ids and not keys: settings are shown by the control API and pickled for workers.
    known_tenants: frozenset[str] = frozenset()
    credits: int | None = None
    rate_limit: RateLimit | None = None
    refund_failed: bool = False
    cors: bool = False
    public_url: str | None = None
    limits: Limits = _LIMITS

"""How a mock behaves where the contract leaves a choice: one value, fixed at start.

Rule: every field has a switch of `miragic-mock serve` and a test that fails when it is not honoured. What may
differ between tenants (clock, plan, faults, credits) is not here: it belongs to `Tenant`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from .tenants import RateLimit

Times = Literal["iso", "unix"]
ErrorShape = Literal["nested", "flat"]

DEFAULT_MAX_UPLOAD_BYTES: Final = 64 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Settings:
    """The switches. The questions they answer are those of `x-open-questions` and `x-discrepancies`.

    `create_status` is the status of an accepted submission (Q1). `times` and `progress` shape the job's
    document (D25, D18), `download_signed_url` adds the link to the text (D17), `errors` shapes refusals (Q6).
    `strict` refuses what is otherwise taken with a warning (D1, Q15). `max_upload_bytes` bounds the file
    (D6). `known_tenants` are the ids of the only keys that are let in, empty for any key. `credits` and
    `rate_limit` are what a tenant gets that nobody declared, None for no limit (Q8, Q10); `refund_failed`
    gives the price of a FAILED job back. `cors` lets browsers of any origin in. `public_url` is what links
    start with, None for the address that the client used.
    """

    create_status: int = 201
    times: Times = "iso"
    progress: bool = True
    download_signed_url: bool = False
    errors: ErrorShape = "nested"
    strict: bool = False
    max_upload_bytes: int = DEFAULT_MAX_UPLOAD_BYTES
    known_tenants: frozenset[str] = frozenset()
    credits: int | None = None
    rate_limit: RateLimit | None = None
    refund_failed: bool = False
    cors: bool = False
    public_url: str | None = None

"""What was asked and answered, whether the client behaved, and what it cost.

Rule: who judges and who writes HAR is imported when asked for; a mock that starts needs neither.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from ..exchange.refusals import RefusedError
from ..language.rates import format_rate
from ..records.journal import Exchange
from ..records.ledger import Ledger, RateUse, ledger
from ..release import release
from .call import Asked
from .shown import moment


def get_journal(asked: Asked) -> Any:
    """The exchanges; what is not known of one is left out."""
    journal = asked.engine.store.journal(asked.tenant.id)
    return {
        "exchanges": [_shown(exchange, asked.tenant.id) for exchange in journal.exchanges],
        "dropped": journal.dropped,
    }


def get_har(asked: Asked) -> Any:
    """The exchanges as HAR."""
    from ..records.har import har

    journal = asked.engine.store.journal(asked.tenant.id)
    return har(journal, base_url=asked.request.base_url, version=release())


def verify_manners(asked: Asked) -> Any:
    """The verdict over the journal."""
    from ..records.manners import Manners, verify

    store, tenant = asked.engine.store, asked.tenant
    planned = [fault for job in store.jobs(tenant.id) for fault in job.plan.faults]
    verdict = verify(
        store.journal(tenant.id),
        faults=(*asked.engine.tenancy.server().faults, *tenant.faults, *planned),
        manners=Manners(asked.query["min_interval"], asked.query["deadline"]),
    )
    return {
        "good": verdict.is_good,
        "findings": [asdict(finding) for finding in verdict.findings],
        "unmet_faults": list(verdict.unmet_faults),
        "dropped": verdict.dropped,
    }


def get_ledger(asked: Asked) -> Any:
    """The books of a tenant."""
    if asked.is_about_server:
        raise RefusedError(400, "Say whose books: send a key, or ask below /_mock/tenants/{tenantId}.")
    books, tenancy = _books(asked), asked.engine.tenancy
    rate = tenancy.rate_use(asked.tenant, asked.now)
    return {
        "granted": books.granted,
        "charged": books.charged,
        "refunded": books.refunded,
        "balance": books.balance,
        "jobs_created": books.jobs_created,
        "rate_limit": rate and _shown_rate(rate),
        "rate_limited": tenancy.rate_limited(asked.tenant),
        "entries": [
            {
                "job": entry.job_id,
                "number": entry.number,
                "at": moment(entry.at),
                "status": entry.status,
                "charged": entry.charged,
                "refunded": entry.refunded,
            }
            for entry in books.entries
        ],
    }


def _books(asked: Asked) -> Ledger:
    store, tenant = asked.engine.store, asked.tenant
    totals = store.totals(tenant.id)
    return ledger(
        store.jobs(tenant.id),
        granted=tenant.credits,
        jobs_created=totals.jobs,
        charged=totals.charged,
        now=asked.now,
        polls=lambda job_id: store.polls(tenant.id, job_id),
        refund_failed=asked.engine.settings.refund_failed,
    )


def _shown_rate(rate: RateUse) -> dict[str, Any]:
    return {
        "limit": format_rate(rate.limit),
        "window_s": rate.limit.per_s,
        "window_ends_at": moment(rate.ends_at),
        "used": rate.used,
        "left": rate.left,
        "refused": rate.refused,
    }


def _shown(exchange: Exchange, tenant_id: str) -> dict[str, Any]:
    known = {name: value for name, value in exchange._asdict().items() if value is not None}
    if exchange.fields is not None:
        known["fields"] = dict(exchange.fields)
    return known | {
        "request_id": exchange.request_id(tenant_id),
        "status": exchange.status,
        "at": moment(exchange.at),
        "real_at": moment(exchange.real_at),
    }

"""What was requested and answered, whether the client behaved, and what it cost.

Rule: what judges and what writes HAR is imported when it is called for; a mock that starts needs neither.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from ..exchange.refusals import RefusedError
from ..language.rates import format_rate
from ..records.journal import Exchange
from ..records.ledger import Ledger, RateUse, ledger
from ..release import release
from .call import ControlCall
from .representations import moment_text


def get_journal(call: ControlCall) -> Any:
    """Return the exchanges; what is not known of an exchange is left out."""
    journal = call.engine.store.journal(call.tenant.id)
    return {
        "exchanges": [_exchange_json(exchange, call.tenant.id) for exchange in journal.exchanges],
        "dropped": journal.dropped,
    }


def get_har(call: ControlCall) -> Any:
    """Return the exchanges as HAR."""
    from ..records.har import har

    journal = call.engine.store.journal(call.tenant.id)
    return har(journal, base_url=call.request.base_url, version=release())


def verify_manners(call: ControlCall) -> Any:
    """Return the verdict over the journal."""
    from ..records.manners import Manners, verify

    store, tenant = call.engine.store, call.tenant
    # All that could have struck this tenant, the server's included: the verdict names those that did not.
    planned = [fault for job in store.jobs(tenant.id) for fault in job.plan.faults]
    verdict = verify(
        store.journal(tenant.id),
        faults=(*call.engine.tenancy.server().faults, *tenant.faults, *planned),
        manners=Manners(call.query["min_interval"], call.query["deadline"]),
    )
    return {
        "good": verdict.is_good,
        "findings": [asdict(finding) for finding in verdict.findings],
        "unmet_faults": list(verdict.unmet_faults),
        "dropped": verdict.dropped,
    }


def get_ledger(call: ControlCall) -> Any:
    """Return the books of a tenant."""
    if call.is_about_server:
        raise RefusedError(400, "Say whose books: send a key, or ask below /_mock/tenants/{tenantId}.")
    books, tenancy = _books(call), call.engine.tenancy
    rate = tenancy.rate_use(call.tenant, call.now)
    return {
        "granted": books.granted,
        "charged": books.charged,
        "refunded": books.refunded,
        "balance": books.balance,
        "jobs_created": books.jobs_created,
        "rate_limit": rate and _rate_json(rate),
        "rate_limited": tenancy.rate_limited(call.tenant),
        "entries": [
            {
                "job": entry.job_id,
                "number": entry.number,
                "at": moment_text(entry.at),
                "status": entry.status,
                "charged": entry.charged,
                "refunded": entry.refunded,
            }
            for entry in books.entries
        ],
    }


def _books(call: ControlCall) -> Ledger:
    store, tenant = call.engine.store, call.tenant
    totals = store.totals(tenant.id)
    return ledger(
        store.jobs(tenant.id),
        granted=tenant.credits,
        jobs_created=totals.jobs,
        charged=totals.charged,
        now=call.now,
        polls=lambda job_id: store.polls(tenant.id, job_id),
        refund_failed=call.engine.settings.refund_failed,
    )


def _rate_json(rate: RateUse) -> dict[str, Any]:
    return {
        "limit": format_rate(rate.limit),
        "window_s": rate.limit.per_s,
        "window_ends_at": moment_text(rate.ends_at),
        "used": rate.used,
        "left": rate.left,
        "refused": rate.refused,
    }


def _exchange_json(exchange: Exchange, tenant_id: str) -> dict[str, Any]:
    known = {name: value for name, value in exchange._asdict().items() if value is not None}
    if exchange.fields is not None:
        known["fields"] = dict(exchange.fields)
    return known | {
        "request_id": exchange.request_id(tenant_id),
        # Null is a statement here, and stays: not even a status was sent.
        "status": exchange.status,
        "at": moment_text(exchange.at),
        "real_at": moment_text(exchange.real_at),
    }

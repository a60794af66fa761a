"""A mock in hand: look into it, steer it, wait for it, with the names of the control API.

Rule: every method is a call of the control API, the same in process and over HTTP; only the time is looked up
directly where the mock is in process. What the methods give are that API's documents (`control.yaml`), whose
members are attributes, too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from urllib.parse import quote, urlencode

from ..control.client import Ask, Document


@dataclass(frozen=True, slots=True, repr=False, kw_only=True)
class Mock:
    """One tenant of a mock, or the whole of it.

    For all tenants, plan, faults, clock and scenario are those that underlie every tenant's own, and jobs,
    journal, ledger and verdict are those of all. Every method raises `ControlError` when the mock refuses.

    Attributes:
        url: Where clients reach it.
        api_key: What clients send.
        ask: Makes the calls of the control API.
        owner: The id of the tenant that the methods are about; None for all tenants.
        app: The mock as a WSGI application; None when it is in another process.
        now: Gives the time of an owner in epoch seconds, None for an owner that has ended; None when the mock
            is in another process.
    """

    url: str
    api_key: str
    ask: Ask
    owner: str | None = None
    app: Callable[..., Any] | None = None
    now: Callable[[str | None], float | None] | None = None

    def __repr__(self) -> str:
        return f"<Mock {'of all tenants' if self.owner is None else 'of one tenant'} at {self.url}>"

    # the whole -----------------------------------------------------------------------------------------

    def state(self) -> Document:
        """Return everything there is: version, store, settings, clock, plan, faults, tenants."""
        return self._document("GET", "/")

    def reset(self) -> None:
        """Forget jobs, counters, journal and books; what was set up stays."""
        self._call("POST", "/reset", {"all": True} if self.owner is None else {})

    def tenant(
        self,
        *,
        api_key: str | None = None,
        name: str | None = None,
        plan: str | None = None,
        scenario: str | None = None,
        faults: tuple[str, ...] | list[str] | None = None,
        credits: int | None = None,
        rate_limit: str | None = None,
        seed: int | None = None,
        clock: str | None = None,
        ttl_s: float | None = None,
    ) -> Mock:
        """Make a tenant, with jobs, clock, faults, journal and books of its own, under a key of its own.

        What is None is as the mock has it.

        Args:
            api_key: The key that owns the tenant; None makes one up.
            name: A label for people.
            plan: The plan of the tenant's jobs.
            scenario: The rules that choose plans, as TOML.
            faults: What goes wrong, in order.
            credits: What the tenant may spend.
            rate_limit: How often it may call, such as `60/min`.
            seed: Another seed gives other ids and other made-up words.
            clock: `real`, `frozen`, `60x` or a moment.
            ttl_s: How long the tenant lives, in real seconds; None for ever.
        """
        members = {
            "api_key": api_key,
            "name": name,
            "plan": plan,
            "scenario": scenario,
            "faults": None if faults is None else list(faults),
            "credits": credits,
            "rate_limit": rate_limit,
            "seed": seed,
            "clock": clock,
            "ttl": ttl_s,
        }
        body = {key: value for key, value in members.items() if value is not None}
        # `ask` and not `_call`: tenants stand beside one another, also where this one is a tenant itself.
        made = self.ask("POST", "/tenants", body)
        return replace(self, api_key=made["api_key"], owner=made["tenant"]["id"])

    def tenants(self) -> list[Document]:
        """Return all tenants."""
        found: list[Document] = self.ask("GET", "/tenants", None)["tenants"]
        return found

    def end(self) -> None:
        """End this tenant whole; for the whole mock, every tenant."""
        owners = [tenant["id"] for tenant in self.tenants()] if self.owner is None else [self.owner]
        for owner in owners:
            self.ask("DELETE", f"/tenants/{owner}", None)

    # time ----------------------------------------------------------------------------------------------

    def clock(self) -> Document:
        """Return what the clock shows."""
        return self._document("GET", "/clock")

    def monotonic(self) -> float:
        """Return the mock's time in seconds, for a client that takes a clock."""
        if self.now is not None:  # clients look at their clock several times for each poll
            known = self.now(self.owner)
            if known is not None:
                return known
        return datetime.fromisoformat(self.clock()["now"]).timestamp()

    def sleep(self, seconds: float) -> None:
        """Let time pass without waiting, for a client that takes a sleep."""
        self.advance(max(seconds, 0))

    def freeze(self, at: datetime | str | float | None = None) -> Document:
        """Let the clock stand still, where it is or at a moment."""
        return self._document("POST", "/clock/freeze", {} if at is None else {"at": _moment(at)})

    def advance(self, seconds: float) -> list[Document]:
        """Let time pass at once, and return what that changed, in order."""
        changes: list[Document] = self._call("POST", "/clock/advance", {"seconds": seconds})["transitions"]
        return changes

    def scale(self, rate: float) -> Document:
        """Let the clock run at `rate` times real time."""
        return self._document("POST", "/clock/scale", {"rate": rate})

    def set_clock(self, at: datetime | str | float) -> Document:
        """Show another moment."""
        return self._document("POST", "/clock/set", {"at": _moment(at)})

    def reset_clock(self) -> Document:
        """Show real time again."""
        return self._document("POST", "/clock/real")

    # steering ------------------------------------------------------------------------------------------

    def plan(self, text: str | None = None) -> str:
        """Set the plan of jobs to come ("" for none), and return it; None leaves it as it is."""
        if text is None:
            return str(self._document("GET", "/plan")["plan"])
        return str(self._document("PUT", "/plan", {"plan": text})["plan"])

    def scenario(self, text: str | None = None) -> str:
        """Set the rules that choose plans, as TOML ("" for none), and return them; None leaves them."""
        if text is None:
            return str(self._document("GET", "/scenario")["scenario"])
        return str(self._document("PUT", "/scenario", {"scenario": text})["scenario"])

    def faults(self, *texts: str) -> list[str]:
        """Set what goes wrong from now on, in order, and return it; without arguments nothing is changed."""
        if texts:
            return list(self._document("PUT", "/faults", {"faults": list(texts)})["faults"])
        return list(self._document("GET", "/faults")["faults"])

    def clear_faults(self) -> None:
        """Let nothing go wrong any more."""
        self._call("DELETE", "/faults")

    # jobs ----------------------------------------------------------------------------------------------

    def jobs(self, *, limit: int = 100) -> list[Document]:
        """Return the newest jobs, the oldest of them first."""
        found: list[Document] = self._call("GET", f"/jobs?limit={limit}")["jobs"]
        return found

    def job(self, job_id: str) -> Document:
        """Return one job; looking here is no poll."""
        return self._document("GET", f"/jobs/{quote(job_id, safe='')}")

    def explain(self, job_id: str) -> Document:
        """Return who chose each part of a job's plan, and what happens next, when."""
        return self._document("GET", f"/jobs/{quote(job_id, safe='')}/explain")

    def change_plan(self, job_id: str, text: str) -> Document:
        """Give a job that has not ended another plan."""
        return self._document("PUT", f"/jobs/{quote(job_id, safe='')}/plan", {"plan": text})

    def finish(
        self, job_id: str, *, outcome: str | None = None, text: str | None = None, error: str | None = None
    ) -> Document:
        """End a job now; what is None is as its plan has it."""
        members = {"outcome": outcome, "text": text, "error": error}
        body = {name: value for name, value in members.items() if value is not None}
        return self._document("POST", f"/jobs/{quote(job_id, safe='')}/finish", body)

    def wait(self, job_id: str, *, until: str = "terminal", timeout_s: float = 10.0) -> Document:
        """Wait in real time until a job is so far, and return it: a status, `"terminal"`, or `"polls>=3"`."""
        return self._document(
            "GET", "/wait?" + urlencode({"job": job_id, "until": until, "timeout": timeout_s})
        )

    # evidence ------------------------------------------------------------------------------------------

    def journal(self) -> list[Document]:
        """Return the requests and their answers, oldest first; for the whole mock also those of no tenant."""
        found = [exchange for part in self._each("/journal") for exchange in part["exchanges"]]
        return sorted(found, key=lambda exchange: (exchange["real_at"], exchange["number"]))

    def har(self) -> Document:
        """Return the journal as HAR 1.2."""
        # A HAR log for each tenant becomes one log, in the order of time.
        first, *others = [part["log"] for part in self._each("/journal.har")]
        entries = [entry for log in (first, *others) for entry in log["entries"]]
        entries.sort(key=lambda entry: entry["startedDateTime"])
        return Document(log=Document(first, entries=entries))

    def verify(self, *, min_interval_s: float = 0.0, deadline_s: float | None = None) -> Document:
        """Judge whether the client had manners, and whether all planned faults struck.

        Args:
            min_interval_s: The least time between two polls of a job.
            deadline_s: How long after its first poll a job may be polled; None for ever.

        Returns:
            `good` says whether all is well; `findings`, `unmet_faults` and `dropped` say why not.
        """
        query = {"min_interval": min_interval_s} | ({} if deadline_s is None else {"deadline": deadline_s})
        return _joint_verdict(list(self._each(f"/verify?{urlencode(query)}")))

    def ledger(self) -> Document:
        """Return what was granted, charged and refunded, the jobs made, and the state of the rate limit.

        For all tenants these are sums, and `rate_limit` is None, since each tenant has its own.
        """
        if self.owner is not None:
            return self._document("GET", "/ledger")
        parts = [self.ask("GET", f"/tenants/{tenant['id']}/ledger", None) for tenant in self.tenants()]
        limited = [part for part in parts if part["granted"] is not None]
        return Document(
            {
                "granted": sum(part["granted"] for part in limited) if limited else None,
                "balance": sum(part["balance"] for part in limited) if limited else None,
                **{
                    name: sum(part[name] for part in parts)
                    for name in ("charged", "refunded", "jobs_created", "rate_limited")
                },
                "rate_limit": None,
                "entries": [entry for part in parts for entry in part["entries"]],
            }
        )

    def metrics(self) -> str:
        """Return the metrics as Prometheus reads them."""
        return str(self._call("GET", "/metrics"))

    # calls ---------------------------------------------------------------------------------------------

    def _call(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> Any:
        return self.ask(method, path if self.owner is None else f"/tenants/{self.owner}{path}", body)

    def _document(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> Document:
        found: Document = self._call(method, path, body)
        return found

    def _each(self, path: str) -> Iterator[Document]:
        """Yield the answer about this tenant, or about the server and then each tenant."""
        yield self._document("GET", path)
        for tenant in self.tenants() if self.owner is None else ():
            yield self.ask("GET", f"/tenants/{tenant['id']}{path}", None)


def _joint_verdict(parts: list[Document]) -> Document:
    """Make one verdict of the server's and those of its tenants."""
    first, *others = parts
    of_all = set(first["unmet_faults"])
    # The server's faults stand in every tenant's verdict: it is enough that each struck one of the tenants.
    struck = {fault for part in others for fault in of_all if fault not in part["unmet_faults"]}
    unmet = dict.fromkeys(fault for part in parts for fault in part["unmet_faults"])
    verdict = {
        "findings": [finding for part in parts for finding in part["findings"]],
        "unmet_faults": [fault for fault in unmet if fault not in struck],
        "dropped": sum(part["dropped"] for part in parts),
    }
    return Document(good=not any(verdict.values()), **verdict)


def _moment(at: datetime | str | float) -> str | float:
    return at.isoformat() if isinstance(at, datetime) else at

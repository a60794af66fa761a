"""A mock in hand: look into it, steer it, wait for it, with the names of the control API.

Rule: every method is a call of the control API, the same in process and over HTTP; only the time is looked up
where the mock is in process. What they give are that API's documents (`control.yaml`), whose members are
attributes, too.
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

    `url` is where clients reach it and `api_key` what they send. `owner` is the id of the tenant that the
    methods are about; None for all tenants: then plan, faults, clock and scenario underlie every tenant's
    own, and jobs, journal, ledger and verdict are those of all. `app` is the mock as a WSGI application and
    `now` gives the time of an owner in epoch seconds, None for one that has ended; both are None when the
    mock is in another process. Every method raises `ControlError` when the mock refuses.
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
        """Everything there is: version, store, settings, clock, plan, faults, tenants."""
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
        """A new tenant, with jobs, clock, faults, journal and books of its own, under a key of its own.

        What is None is as the mock has it; `api_key` None makes one. `rate_limit` is written `60/min`,
        `clock` `real`, `frozen`, `60x` or a moment.
        """
        given = {
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
        body = {key: value for key, value in given.items() if value is not None}
        made = self.ask("POST", "/tenants", body)
        return replace(self, api_key=made["api_key"], owner=made["tenant"]["id"])

    def tenants(self) -> list[Document]:
        """All tenants."""
        found: list[Document] = self.ask("GET", "/tenants", None)["tenants"]
        return found

    def end(self) -> None:
        """End this tenant whole; for the whole mock, every tenant."""
        for tenant in [self.owner] if self.owner is not None else [one["id"] for one in self.tenants()]:
            self.ask("DELETE", f"/tenants/{tenant}", None)

    # time ----------------------------------------------------------------------------------------------

    def clock(self) -> Document:
        """What the clock shows."""
        return self._document("GET", "/clock")

    def monotonic(self) -> float:
        """The mock's time in seconds, for a client that takes a clock."""
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
        """Let time pass at once; gives what that changed, in order."""
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
        """Set the plan of jobs to come ("" for none); gives the plan, which None leaves as it is."""
        given = (
            self._document("GET", "/plan") if text is None else self._document("PUT", "/plan", {"plan": text})
        )
        return str(given["plan"])

    def scenario(self, text: str | None = None) -> str:
        """Set the rules that choose plans, as TOML ("" for none); None leaves them as they are."""
        if text is None:
            return str(self._document("GET", "/scenario")["scenario"])
        return str(self._document("PUT", "/scenario", {"scenario": text})["scenario"])

    def faults(self, *texts: str) -> list[str]:
        """Set what goes wrong from now on, in order; without arguments nothing is changed."""
        if texts:
            return list(self._document("PUT", "/faults", {"faults": list(texts)})["faults"])
        return list(self._document("GET", "/faults")["faults"])

    def clear_faults(self) -> None:
        """Nothing goes wrong any more."""
        self._call("DELETE", "/faults")

    # jobs ----------------------------------------------------------------------------------------------

    def jobs(self, *, limit: int = 100) -> list[Document]:
        """The newest jobs, oldest of them first."""
        found: list[Document] = self._call("GET", f"/jobs?limit={limit}")["jobs"]
        return found

    def job(self, job_id: str) -> Document:
        """One job; looking here is no poll."""
        return self._document("GET", f"/jobs/{quote(job_id, safe='')}")

    def explain(self, job_id: str) -> Document:
        """Who chose each part of a job's plan, and what happens next, when."""
        return self._document("GET", f"/jobs/{quote(job_id, safe='')}/explain")

    def change_plan(self, job_id: str, text: str) -> Document:
        """Give a job that has not ended another plan."""
        return self._document("PUT", f"/jobs/{quote(job_id, safe='')}/plan", {"plan": text})

    def finish(
        self, job_id: str, *, outcome: str | None = None, text: str | None = None, error: str | None = None
    ) -> Document:
        """End a job now; what is None is as its plan has it."""
        given = {"outcome": outcome, "text": text, "error": error}
        body = {name: value for name, value in given.items() if value is not None}
        return self._document("POST", f"/jobs/{quote(job_id, safe='')}/finish", body)

    def wait(self, job_id: str, *, until: str = "terminal", timeout_s: float = 10.0) -> Document:
        """The job once it is so far: a status, `"terminal"`, or `"polls>=3"`; waits in real time."""
        return self._document(
            "GET", "/wait?" + urlencode({"job": job_id, "until": until, "timeout": timeout_s})
        )

    # evidence ------------------------------------------------------------------------------------------

    def journal(self) -> list[Document]:
        """What was asked and answered, oldest first; of all tenants, and of nobody, for the whole mock."""
        found = [exchange for part in self._each("/journal") for exchange in part["exchanges"]]
        return sorted(found, key=lambda exchange: (exchange["real_at"], exchange["number"]))

    def har(self) -> Document:
        """The journal as HAR 1.2."""
        first, *others = [part["log"] for part in self._each("/journal.har")]
        entries = [entry for log in (first, *others) for entry in log["entries"]]
        entries.sort(key=lambda entry: entry["startedDateTime"])
        return Document(log=Document(first, entries=entries))

    def verify(self, *, min_interval_s: float = 0.0, deadline_s: float | None = None) -> Document:
        """Whether the client had manners and met all faults that were planned.

        `good` says so in one word; `findings`, `unmet_faults` and `dropped` say why not.
        """
        query = {"min_interval": min_interval_s} | ({} if deadline_s is None else {"deadline": deadline_s})
        return _joint_verdict(list(self._each(f"/verify?{urlencode(query)}")))

    def ledger(self) -> Document:
        """What was granted, charged and refunded, how many jobs were made, and what the rate limit let in and
        refused; the sums, for all tenants, whose rate limits are each one's own (`rate_limit` is None).
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
        """Prometheus's text."""
        return str(self._call("GET", "/metrics"))

    # calls ---------------------------------------------------------------------------------------------

    def _call(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> Any:
        return self.ask(method, path if self.owner is None else f"/tenants/{self.owner}{path}", body)

    def _document(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> Document:
        found: Document = self._call(method, path, body)
        return found

    def _each(self, path: str) -> Iterator[Document]:
        """The answer about this tenant, or about the server and then each."""
        yield self._document("GET", path)
        for tenant in self.tenants() if self.owner is None else ():
            yield self.ask("GET", f"/tenants/{tenant['id']}{path}", None)


def _joint_verdict(parts: list[Document]) -> Document:
    """One verdict of several: a fault is unmet when none of those who should have met it has."""
    first, *others = parts
    of_all = set(first["unmet_faults"])
    met = {fault for part in others for fault in of_all if fault not in part["unmet_faults"]}
    unmet = dict.fromkeys(fault for part in parts for fault in part["unmet_faults"])
    verdict = {
        "findings": [finding for part in parts for finding in part["findings"]],
        "unmet_faults": [fault for fault in unmet if fault not in met],
        "dropped": sum(part["dropped"] for part in parts),
    }
    return Document(good=not any(verdict.values()), **verdict)


def _moment(at: datetime | str | float) -> str | float:
    return at.isoformat() if isinstance(at, datetime) else at

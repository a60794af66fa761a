"""Manners of a client, judged from a tenant's journal: does it poll as it should, and pay only once?

Rule: a judge is a function from exchanges to findings; each finding names the exchanges that prove it. Times
are those of the tenant's clock, so a client under test may be judged in milliseconds.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise
from typing import Final

from ..domain.faults import Delay, Uniform, kind_of
from ..domain.jobs.job import Fields
from ..domain.jobs.lifecycle import is_terminal
from ..language.faults import parse_fault
from .journal import Exchange, Journal

_TOLERANCE_S: Final = 0.05
"""How much earlier than asked a client may come: clocks and schedulers are not exact."""

_FEW_POLLS: Final = 4
"""Polls of one job after which the wait between them should have grown."""


@dataclass(frozen=True, slots=True)
class Manners:
    """What is expected of a client.

    Attributes:
        min_interval_s: The shortest wait between two polls of one job.
        deadline_s: Seconds after the first poll of a job by which polling must be over, None for no limit.
    """

    min_interval_s: float = 0.0
    deadline_s: float | None = None


DEFAULT_MANNERS: Final = Manners()


@dataclass(frozen=True, slots=True)
class Finding:
    """A breach of a rule.

    Attributes:
        rule: The id of the rule.
        sentence: What happened, for people.
        exchanges: The numbers of the exchanges that show it.
    """

    rule: str
    sentence: str
    exchanges: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What `verify` has to say.

    Attributes:
        findings: The breaches of rules.
        unmet_faults: The planned faults that did not strike as often as they should have.
        dropped: How many exchanges the journal had dropped, which could not be judged.
    """

    findings: tuple[Finding, ...]
    unmet_faults: tuple[str, ...]
    dropped: int

    @property
    def is_good(self) -> bool:
        """Whether there is nothing to say."""
        return not (self.findings or self.unmet_faults or self.dropped)


Judge = Callable[[Sequence[Exchange], Manners], Iterator[Finding]]


def verify(journal: Journal, *, faults: Sequence[str] = (), manners: Manners = DEFAULT_MANNERS) -> Verdict:
    """Judge whether all planned faults struck, nothing was dropped, and the client had manners.

    Args:
        journal: The tenant's journal.
        faults: The canonical texts of the faults that were planned. A fault that names a number of hits has
            to strike that often, any other once.
        manners: What is expected of the client.
    """
    unmet = tuple(text for text in dict.fromkeys(faults) if not _is_met(text, journal.exchanges))
    return Verdict(judge(journal.exchanges, manners), unmet, journal.dropped)


def judge(exchanges: Sequence[Exchange], manners: Manners) -> tuple[Finding, ...]:
    """Return the findings of every rule, in the order of `RULES`."""
    return tuple(finding for rule in RULES.values() for finding in rule(exchanges, manners))


def _is_met(text: str, exchanges: Sequence[Exchange]) -> bool:
    expected = parse_fault(text).expected_hits()
    struck = sum(exchange.fault == text for exchange in exchanges)
    return struck >= (1 if expected is None else expected)


def _polls_by_job(exchanges: Sequence[Exchange]) -> list[tuple[str, list[Exchange]]]:
    polls = [poll for poll in exchanges if poll.operation == "status" and poll.job_id is not None]
    # `groupby` joins only neighbours; by number within a job, since polls are judged in the order of arrival.
    polls.sort(key=lambda poll: (poll.job_id or "", poll.number))
    return [(job_id or "", list(group)) for job_id, group in groupby(polls, key=lambda poll: poll.job_id)]


def _no_poll_after_terminal(exchanges: Sequence[Exchange], manners: Manners) -> Iterator[Finding]:
    """Find polls of a job after the client could have read that it has ended."""
    for job_id, polls in _polls_by_job(exchanges):
        for before, after in pairwise(polls):
            if before.job_status is None or not is_terminal(before.job_status):
                continue
            if _is_answered(before, after):
                sentence = f"job {job_id} was polled again after it had shown {before.job_status}"
                yield Finding("no-poll-after-terminal", sentence, (before.number, after.number))


def _interval(exchanges: Sequence[Exchange], manners: Manners) -> Iterator[Finding]:
    for job_id, polls in _polls_by_job(exchanges):
        for before, after in pairwise(polls):
            waited_s = after.at - before.at
            if waited_s < manners.min_interval_s - _TOLERANCE_S:
                sentence = (
                    f"job {job_id} was polled {waited_s:.3f} s after the poll before, "
                    f"sooner than {manners.min_interval_s:g} s"
                )
                yield Finding("min-interval", sentence, (before.number, after.number))


def _backs_off(exchanges: Sequence[Exchange], manners: Manners) -> Iterator[Finding]:
    """Find jobs whose later half of waits is no longer, on average, than the earlier half."""
    for job_id, polls in _polls_by_job(exchanges):
        waits = [after.at - before.at for before, after in pairwise(polls)]
        # Where the journal has dropped the first polls, the waits may have reached their limit before.
        if len(polls) <= _FEW_POLLS or (polls[0].poll or 1) > 1:
            continue
        half = len(waits) // 2
        early_s, late_s = sum(waits[:half]) / half, sum(waits[-half:]) / half
        if late_s <= early_s:
            sentence = (
                f"job {job_id} was polled {len(polls)} times without backing off: "
                f"{early_s:.3f} s between early polls, {late_s:.3f} s between late ones"
            )
            yield Finding("backs-off", sentence, tuple(poll.number for poll in polls))


def _retry_after(exchanges: Sequence[Exchange], manners: Manners) -> Iterator[Finding]:
    for place, refused in enumerate(exchanges):
        if refused.retry_after_s is None:
            continue
        again = next((later for later in exchanges[place + 1 :] if _is_repeated(refused, later)), None)
        if again is not None and again.at - refused.at < refused.retry_after_s - _TOLERANCE_S:
            sentence = (
                f"{refused.method} {refused.path} was asked to wait {refused.retry_after_s:g} s "
                f"and came back after {again.at - refused.at:.3f} s"
            )
            yield Finding("retry-after", sentence, (refused.number, again.number))


def _is_repeated(first: Exchange, second: Exchange) -> bool:
    if first.operation != second.operation or first.method != second.method:
        return False
    return first.path == second.path and (first.sha256 is None or first.sha256 == second.sha256)


def _no_second_upload(exchanges: Sequence[Exchange], manners: Manners) -> Iterator[Finding]:
    """Find submissions that were repeated though the first made a job, which the client could not know."""
    unknown: dict[tuple[str | None, str | None, Fields | None], Exchange] = {}
    polled: set[str | None] = set()
    for exchange in exchanges:
        if exchange.operation == "status":
            polled.add(exchange.job_id)
        if exchange.operation != "create" or exchange.sha256 is None:
            continue
        # The same file with another question is another job, and paid for on purpose.
        intent = (exchange.sha256, exchange.question, exchange.fields)
        before = unknown.get(intent)
        if before is not None and before.job_id not in polled and not _is_answered(before, exchange):
            sentence = "the same file was uploaded again although the first upload may have been charged"
            yield Finding("no-second-upload", sentence, (before.number, exchange.number))
        if exchange.job_id is not None and (_is_unreadable(exchange) or _delay_s(exchange)):
            unknown[intent] = exchange


def _is_answered(before: Exchange, after: Exchange) -> bool:
    """Return whether the client may have read the answer `before` when it sent the request `after`."""
    # A delay passes on the mock's clock or in real time, as its door plays it.
    passed_s = max(after.at - before.at, after.real_at - before.real_at)
    return not _is_unreadable(before) and passed_s >= _delay_s(before) - _TOLERANCE_S


def _delay_s(answer: Exchange) -> float:
    """Return by how much, at least, a fault put the answer off."""
    effect = None if answer.fault is None else parse_fault(answer.fault).effect
    if isinstance(effect, Delay) and effect.byte is None:
        return effect.by_s
    return effect.low_s if isinstance(effect, Uniform) else 0.0


def _is_unreadable(answer: Exchange) -> bool:
    """Return whether the client could not read from the answer that its request succeeded."""
    # A 5xx may come from a proxy while the server goes on: it does not say that nothing was done.
    if answer.status is None or answer.status >= 500:
        return True
    return answer.fault is not None and kind_of(parse_fault(answer.fault).effect).is_unreadable


def _gave_up(exchanges: Sequence[Exchange], manners: Manners) -> Iterator[Finding]:
    if manners.deadline_s is None:
        return
    for job_id, polls in _polls_by_job(exchanges):
        late = [poll for poll in polls if poll.at - polls[0].at > manners.deadline_s + _TOLERANCE_S]
        if late:
            sentence = f"job {job_id} was still polled {late[-1].at - polls[0].at:.3f} s after the first poll"
            yield Finding("deadline", sentence, tuple(poll.number for poll in late))


RULES: Final[Mapping[str, Judge]] = {
    "no-poll-after-terminal": _no_poll_after_terminal,
    "min-interval": _interval,
    "backs-off": _backs_off,
    "retry-after": _retry_after,
    "no-second-upload": _no_second_upload,
    "deadline": _gave_up,
}
"""Rule id -> its judge."""

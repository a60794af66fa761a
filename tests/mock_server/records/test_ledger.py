"""The books: what was granted, charged and refunded at a moment."""

from __future__ import annotations

from collections.abc import Callable

from hypothesis import given
from hypothesis import strategies as st
from miragic_mock.domain.jobs.job import Job
from miragic_mock.domain.tenants import RateLimit
from miragic_mock.records.ledger import Entry, Ledger, RateUse, ledger

MakeJob = Callable[..., Job]


def books(jobs: list[Job], *, granted: int | None = 10, now: float = 1000.0, **options: object) -> Ledger:
    charged = sum(job.plan.credits for job in jobs)
    return ledger(
        jobs,
        granted=granted,
        jobs_created=len(jobs),
        charged=charged,
        now=now,
        polls=lambda job_id: 0,
        **options,  # type: ignore[arg-type]
    )


def test_every_job_has_its_line(make_job: MakeJob) -> None:
    """Charged at submit, whatever becomes of the job."""
    jobs = [make_job("credits=3;done-after=1s;error=x", number=1), make_job("credits=0", number=2)]
    found = books(jobs, now=1001.0)
    assert found.entries == (
        Entry(jobs[0].id, 1, 1000.0, "FAILED", 3, 0),
        Entry(jobs[1].id, 2, 1000.0, "PENDING", 0, 0),
    )
    assert (found.granted, found.charged, found.refunded, found.balance, found.jobs_created) == (
        10,
        3,
        0,
        7,
        2,
    )


def test_a_failed_job_is_refunded_where_that_is_switched_on(make_job: MakeJob) -> None:
    """From the moment it fails, and not before."""
    jobs = [make_job("credits=3;done-after=1s;error=x"), make_job("credits=4;done-after=1s")]
    before, after = (books(jobs, now=now, refund_failed=True) for now in (1000.999, 1001.0))
    assert (before.refunded, before.balance) == (0, 3)
    assert (after.refunded, after.balance) == (3, 6)
    assert [entry.refunded for entry in after.entries] == [3, 0]


def test_polls_count_in_the_books(make_job: MakeJob) -> None:
    """A job that fails on its second poll is refunded once it had two."""
    job = make_job("credits=3;done-after=2polls;error=x")
    found = ledger(
        [job],
        granted=3,
        jobs_created=1,
        charged=3,
        now=1000.0,
        polls={job.id: 2}.__getitem__,
        refund_failed=True,
    )
    assert (found.refunded, found.balance) == (3, 3)


def test_a_tenant_without_limit_has_no_balance(make_job: MakeJob) -> None:
    """What it spent is counted all the same."""
    found = books([make_job("credits=3")], granted=None)
    assert (found.balance, found.allowance, found.charged) == (None, None, 3)


def test_evicted_jobs_stay_charged(make_job: MakeJob) -> None:
    """The totals of the store count, not the lines that are left."""
    found = ledger([], granted=10, jobs_created=4, charged=8, now=0.0, polls=lambda _: 0)
    assert (found.charged, found.balance, found.jobs_created, found.entries) == (8, 2, 4, ())


@given(
    st.lists(st.tuples(st.integers(0, 5), st.booleans()), max_size=8),
    st.integers(0, 50),
    st.booleans(),
)
def test_the_books_always_balance(
    make_job: MakeJob, lines: list[tuple[int, bool]], granted: int, refund: bool
) -> None:
    """What is left is what was granted and refunded, less what was charged."""
    jobs = [
        make_job(f"credits={cost};done-after=0s" + (";error=x" if fails else "")) for cost, fails in lines
    ]
    found = books(jobs, granted=granted, refund_failed=refund)
    assert found.balance == granted - found.charged + found.refunded
    assert found.allowance == granted + found.refunded
    assert found.refunded == sum(cost for cost, fails in lines if fails and refund)
    assert found.charged == sum(entry.charged for entry in found.entries)


@given(st.integers(1, 100), st.sampled_from([0.5, 1.0, 60.0, 3600.0]), st.integers(-5, 10**6))
def test_a_window_ends_where_the_next_begins(requests: int, per_s: float, window: int) -> None:
    """A window holds its first moment and not its end, which is the next one's first."""
    limit = RateLimit(requests, per_s)
    begins = window * per_s
    ends = limit.ends_at(begins)
    assert (limit.window(begins), limit.window(ends), ends - begins) == (window, window + 1, per_s)
    assert limit.window(begins + per_s / 2) == window
    assert RateUse(limit, ends, used=requests - 1, refused=0).left == 1

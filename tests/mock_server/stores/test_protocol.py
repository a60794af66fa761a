"""What the protocol of stores promises, tried on each store: memory, an SQLite file, a Redis server."""

from __future__ import annotations

import io
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from miragic_mock.domain.clock import Clock
from miragic_mock.domain.jobs.job import Ended, Job
from miragic_mock.domain.tenants import SERVER, RateLimit, Tenant
from miragic_mock.errors import JobExistsError, OutdatedError, OutOfCreditsError, UnknownTenantError
from miragic_mock.language.plans import parse_plan
from miragic_mock.records.journal import Exchange
from miragic_mock.stores import Bounds, Evicted, Store, Totals
from miragic_mock.stores.protocol import Count, Recording

from ..submitting import add_job, put_blob, submission_of

TENANT = "ab" * 16
OTHER = "cd" * 16
MakeJob = Callable[..., Job]
OpenFresh = Callable[..., Store]


def exchange(path: str = "/jobs/1", **values: object) -> Exchange:
    return Exchange("status", "GET", path, 200, real_at=5.0, at=7.5)._replace(**values)


# tenants -------------------------------------------------------------------------------------------------


def test_a_tenant_comes_back_as_it_went_in(store: Store) -> None:
    """Every field of a tenant survives storing."""
    tenant = Tenant(
        id=TENANT,
        name="tëam \ud800",
        created_at=1.25,
        expires_at=99.5,
        clock=Clock(1.0, 2.0, 0.5),
        seed=7,
        plan=parse_plan("done-after=0.4x;text=h%3Bi;fault=429(first=3)"),
        scenario='[[rule]]\nplan = "credits=1"',
        faults=("503(first=1)",),
        faults_since=3.5,
        credits=10,
        rate_limit=RateLimit(60, 30.0),
        is_declared=True,
    )
    assert store.add_tenant(tenant) == tenant
    assert store.tenant(TENANT) == tenant


def test_the_first_tenant_of_an_id_stays(store: Store) -> None:
    """Adding a tenant that is there gives the one that is there."""
    first = store.add_tenant(Tenant(TENANT, name="first"))
    assert store.add_tenant(Tenant(TENANT, name="second")) == first
    assert store.tenant(TENANT) == first


def test_a_tenant_nobody_added_is_none(store: Store) -> None:
    """Asking for, changing, resetting or dropping an unknown tenant makes none."""
    assert store.tenant(TENANT) is None
    assert store.change_tenant(TENANT, lambda tenant: tenant) is None
    assert not store.reset_tenant(TENANT)
    assert not store.drop_tenant(TENANT)
    assert store.tenants() == []


def test_tenants_are_listed_in_order_of_creation(store: Store) -> None:
    """The list of tenants has the order in which they came."""
    for tenant_id in ("ff", "aa", "cc"):
        store.add_tenant(Tenant(tenant_id))
    assert [tenant.id for tenant in store.tenants()] == ["ff", "aa", "cc"]


def test_a_changed_tenant_is_kept(store: Store) -> None:
    """A change gives the changed tenant and stores it."""
    store.add_tenant(Tenant(TENANT))
    changed = store.change_tenant(TENANT, lambda tenant: replace(tenant, clock=tenant.clock.advanced(5)))
    assert changed is not None
    assert changed.clock.virtual == 5
    assert store.tenant(TENANT) == changed


def test_changes_by_many_threads_all_count(store: Store) -> None:
    """Of 80 additions to one clock from eight threads, none is lost."""
    store.add_tenant(Tenant(TENANT))

    def advance(_: int) -> None:
        store.change_tenant(TENANT, lambda tenant: replace(tenant, clock=tenant.clock.advanced(1)))

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(advance, range(80)))
    tenant = store.tenant(TENANT)
    assert tenant is not None
    assert tenant.clock.virtual == 80


@pytest.mark.parametrize("end", ["reset", "drop"])
def test_the_end_of_a_tenant_is_whole(store: Store, make_job: MakeJob, end: str) -> None:
    """Reset and drop take jobs, counters, journal, uploads and totals; reset alone keeps the tenant."""
    kept = store.add_tenant(Tenant(TENANT, credits=5))
    other = add_job(store, make_job(tenant=OTHER))
    job = add_job(store, make_job())
    store.poll(TENANT, job.id)
    store.count(TENANT, "n")
    store.append(TENANT, exchange())
    put_blob(store, TENANT, "aa", io.BytesIO(b"abc"), 3)

    assert store.reset_tenant(TENANT) if end == "reset" else store.drop_tenant(TENANT)

    assert store.tenant(TENANT) == (kept if end == "reset" else None)
    assert store.job(TENANT, job.id) is None
    assert store.polls(TENANT, job.id) == 0
    assert store.jobs(TENANT) == []
    assert store.due(TENANT, 0, 1e9) == []
    assert store.journal(TENANT).exchanges == ()
    assert store.journal(TENANT).dropped == 0
    assert store.blob(TENANT, "aa") is None
    assert store.totals(TENANT) == Totals(0, 0)
    assert store.job(OTHER, other.id) == other
    assert store.counted(TENANT, "n") == 0
    assert add_job(store, make_job()).number == 1


# glances -------------------------------------------------------------------------------------------------


def test_a_glance_shows_who_asks_and_what_about(store: Store, make_job: MakeJob) -> None:
    """The server, the tenant, its job and the polls so far; another tenant's job is not seen."""
    server, tenant = store.add_tenant(Tenant(SERVER, seed=7)), store.add_tenant(Tenant(TENANT, seed=8))
    job = add_job(store, make_job())
    store.poll(TENANT, job.id)
    assert store.glance(TENANT, job.id)[:4] == (server, tenant, job, 1)
    assert store.glance(TENANT, "no such job")[:4] == (server, tenant, None, 0)
    assert store.glance(OTHER, job.id)[:4] == (server, None, None, 0)


def test_a_poll_is_counted_with_its_exchange(store: Store, make_job: MakeJob) -> None:
    """The exchange says which poll it was; one about a job that is gone, or another's, is no poll."""
    job = add_job(store, make_job())
    other = add_job(store, make_job(tenant=OTHER))
    polled = [store.append(TENANT, exchange(job_id=job.id), counts_poll=True) for _ in range(2)]
    gone = store.append(TENANT, exchange(job_id="gone"), counts_poll=True)
    not_mine = store.append(TENANT, exchange(job_id=other.id), counts_poll=True)
    not_counted = store.append(TENANT, exchange(job_id=job.id, poll=9))
    kept = (*polled, gone, not_mine, not_counted)
    assert [(exchange.number, exchange.poll) for exchange in kept] == [
        (2, 1),
        (3, 2),
        (4, None),
        (5, None),
        (6, 9),
    ]
    assert store.journal(TENANT).exchanges[1:] == kept
    assert (store.polls(TENANT, job.id), store.polls(OTHER, other.id)) == (2, 0)
    assert store.poll(TENANT, job.id) == (job, 3)


def test_what_is_recalled_holds_while_nothing_changes(open_fresh: OpenFresh, make_job: MakeJob) -> None:
    """A store outside this process recalls its last glance, which polls do not make untrue."""
    store = with_server(open_fresh())
    job = add_job(store, make_job())
    glance = store.glance(TENANT, job.id)
    recalled = store.recall(TENANT, job.id)
    if not store.is_shared:
        assert recalled is None
        return
    assert recalled is not None
    assert recalled._replace(proof=()) == glance
    for n in (1, 2):
        kept = store.append(TENANT, exchange(job_id=job.id), counts_poll=True, proof=recalled.proof)
        assert (kept.number, kept.poll) == (n + 1, n)
    assert store.recall(TENANT, "another") is None


CHANGES: dict[str, Callable[[Store, Job], object]] = {
    "the server": lambda store, job: store.change_tenant(SERVER, lambda before: replace(before, seed=9)),
    "the tenant": lambda store, job: store.change_tenant(TENANT, lambda before: replace(before, seed=9)),
    "the job": lambda store, job: store.change_job(
        TENANT, job.id, lambda before: replace(before, ended=Ended(5.0))
    ),
    "what is there": lambda store, job: store.reset_tenant(TENANT),
    "who is there": lambda store, job: store.drop_tenant(TENANT),
}


@pytest.mark.parametrize("what", CHANGES)
def test_what_is_recalled_is_found_out_to_be_so_no_more(
    open_fresh: OpenFresh, make_job: MakeJob, what: str
) -> None:
    """A proof that is outdated is refused: nothing is kept, counted or made."""
    store = with_server(open_fresh())
    if not store.is_shared:
        return
    job = add_job(store, make_job())
    store.glance(TENANT, job.id)
    recalled = store.recall(TENANT, job.id)
    assert recalled is not None
    CHANGES[what](store, job)
    there, journal = store.tenants(), store.journal(TENANT)
    with pytest.raises(OutdatedError) as caught:
        store.append(TENANT, exchange(job_id=job.id), counts_poll=True, proof=recalled.proof)
    assert caught.value.tenant_id == TENANT
    assert store.journal(TENANT) == journal
    assert store.polls(TENANT, job.id) == 0
    assert store.tenants() == there


def with_server(store: Store) -> Store:
    store.add_tenant(Tenant(SERVER))
    return store


# jobs ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "plan",
    [
        "",
        "done-after=5polls;progress=steps",
        "done-after=0.1s;progress=stuck@60",
        "done=manual;outcome=failed;error=no%3B",
        "done-after=0.3x;text=ab%0Ac;credits=0;fault=429(retry-after=0.1s,p=0.3);fault=hang",
    ],
)
def test_a_job_comes_back_as_it_went_in(store: Store, make_job: MakeJob, plan: str) -> None:
    """Every field of a job survives storing, exactly, whatever its plan."""
    job = make_job(
        plan,
        duration_s=0.1 + 0.2,
        created_at=1762344258.785,
        received_at=1.5,
        question="was?\ud800é",
        ended=Ended(1762344260.1, "command", "failed", "t", "e"),
    )
    stored = add_job(store, job)
    assert stored == replace(job, number=1)
    back = store.job(TENANT, job.id)
    assert back == stored
    assert back is not None
    assert back.due_at == job.due_at


def test_jobs_are_numbered_per_tenant(store: Store, make_job: MakeJob) -> None:
    """Numbers count up from 1 within each tenant."""
    numbers = [add_job(store, make_job(tenant=tenant)).number for tenant in (TENANT, OTHER, TENANT, TENANT)]
    assert numbers == [1, 1, 2, 3]


def test_a_tenant_sees_only_its_own_jobs(store: Store, make_job: MakeJob) -> None:
    """Another tenant's job is not there: not to read, poll, count or change."""
    job = add_job(store, make_job(tenant=OTHER))
    store.add_tenant(Tenant(TENANT))
    assert store.job(TENANT, job.id) is None
    assert store.poll(TENANT, job.id) is None
    assert store.polls(TENANT, job.id) == 0
    assert store.change_job(TENANT, job.id, lambda found: found) is None
    assert store.jobs(TENANT) == []
    assert store.job(OTHER, job.id) == job


def test_a_job_is_never_replaced(store: Store, make_job: MakeJob) -> None:
    """An id that is taken is refused, whatever is left to spend; the job under it, and the books, stay."""
    job = add_job(store, make_job("credits=3"))
    store.poll(TENANT, job.id)
    for allowance in (None, 3, 100):
        with pytest.raises(JobExistsError) as refused:
            add_job(store, make_job("done=never;credits=5", id=job.id), allowance=allowance)
        assert refused.value.job_id == job.id
    assert store.poll(TENANT, job.id) == (job, 2)
    assert store.totals(TENANT) == Totals(jobs=1, charged=3)
    assert store.jobs(TENANT) == [job]
    assert add_job(store, make_job()).number == 2


def test_each_poll_counts_one(store: Store, make_job: MakeJob) -> None:
    """A poll gives the job and its own number; asking for the number does not count."""
    job = add_job(store, make_job())
    assert store.polls(TENANT, job.id) == 0
    assert [store.poll(TENANT, job.id) for _ in range(3)] == [(job, 1), (job, 2), (job, 3)]
    assert store.polls(TENANT, job.id) == 3


def test_polls_by_many_threads_all_count(store: Store, make_job: MakeJob) -> None:
    """Eight threads polling one job see every number once."""
    job = add_job(store, make_job())

    def poll(_: int) -> int:
        found = store.poll(TENANT, job.id)
        assert found is not None
        return found[1]

    with ThreadPoolExecutor(8) as pool:
        assert sorted(pool.map(poll, range(200))) == list(range(1, 201))


def test_a_changed_job_is_kept_with_its_polls(store: Store, make_job: MakeJob) -> None:
    """A change is stored and leaves number and polls alone."""
    job = add_job(store, make_job("done=manual"))
    store.poll(TENANT, job.id)
    changed = store.change_job(TENANT, job.id, lambda before: replace(before, ended=Ended(5.0)))
    assert changed == replace(job, ended=Ended(5.0))
    assert store.job(TENANT, job.id) == changed
    assert store.polls(TENANT, job.id) == 1


def test_only_one_of_many_endings_wins(store: Store, make_job: MakeJob) -> None:
    """When eight threads end a job, the first ending stays and all of them learn it."""
    job = add_job(store, make_job("done=manual"))

    def end(at: int) -> Job | None:
        def change(before: Job) -> Job:
            return before if before.ended else replace(before, ended=Ended(float(at)))

        return store.change_job(TENANT, job.id, change)

    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(end, range(1, 30)))) == 1


def test_jobs_are_listed_in_order_of_number(store: Store, make_job: MakeJob) -> None:
    """All jobs, or the newest few, oldest first."""
    jobs = [add_job(store, make_job()) for _ in range(5)]
    assert store.jobs(TENANT) == jobs
    assert store.jobs(TENANT, limit=2) == jobs[-2:]
    assert store.jobs(TENANT, limit=0) == []
    assert store.jobs(TENANT, limit=99) == jobs


def test_due_jobs_come_in_order_of_time_then_number(store: Store, make_job: MakeJob) -> None:
    """The window excludes its start and includes its end; jobs without a due time are never in it."""
    plans = (
        "done-after=3s",
        "done-after=1s",
        "done=never",
        "done-after=2s",
        "done-after=1s",
        "done-after=2polls",
    )
    a, b, _, c, d, _ = [add_job(store, make_job(plan)) for plan in plans]
    assert store.due(TENANT, 0.0, 2000.0) == [b, d, c, a]
    assert store.due(TENANT, 1001.0, 1003.0) == [c, a]
    assert store.due(TENANT, 1000.5, 1002.9999) == [b, d, c]
    assert store.due(OTHER, 0.0, 2000.0) == []


def test_a_new_plan_moves_a_job_in_the_order_of_due_times(store: Store, make_job: MakeJob) -> None:
    """A change of plan takes the job to its new place, or out of the order."""
    first = add_job(store, make_job("done-after=1s"))
    second = add_job(store, make_job("done-after=2s"))
    late, never = make_job("done-after=9s").plan, make_job("done=never").plan

    moved = store.change_job(TENANT, first.id, lambda before: replace(before, plan=late))
    assert store.due(TENANT, 0.0, 2000.0) == [second, moved]
    store.change_job(TENANT, second.id, lambda before: replace(before, plan=never))
    assert store.due(TENANT, 0.0, 2000.0) == [moved]


# credits -------------------------------------------------------------------------------------------------


def test_a_job_that_cannot_be_paid_leaves_no_trace(store: Store, make_job: MakeJob) -> None:
    """The allowance may be used up to its last credit, and not one further."""
    add_job(store, make_job("credits=3"), allowance=5)
    add_job(store, make_job("credits=2"), allowance=5)
    refused = make_job("credits=1")
    with pytest.raises(OutOfCreditsError) as caught:
        add_job(store, refused, allowance=5)
    assert (caught.value.needed, caught.value.left) == (1, 0)
    assert store.job(TENANT, refused.id) is None
    assert store.totals(TENANT) == Totals(jobs=2, charged=5)
    assert add_job(store, make_job("credits=0"), allowance=5).number == 3


def test_an_overdrawn_tenant_has_nothing_left(store: Store, make_job: MakeJob) -> None:
    """An allowance that was lowered below what was charged leaves 0, not less."""
    add_job(store, make_job("credits=3"))
    with pytest.raises(OutOfCreditsError) as caught:
        add_job(store, make_job("credits=1"), allowance=2)
    assert caught.value.left == 0


def test_many_threads_cannot_overspend(store: Store, make_job: MakeJob) -> None:
    """Of forty submits at 2 credits each on 20 credits, ten go through."""
    jobs = [make_job("credits=2") for _ in range(40)]

    def submit(job: Job) -> bool:
        try:
            add_job(store, job, allowance=20)
        except OutOfCreditsError:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(submit, jobs)) == 10
    assert store.totals(TENANT) == Totals(jobs=10, charged=20)


# counters and journal ------------------------------------------------------------------------------------


def test_counters_count_up_from_one(store: Store) -> None:
    """Each name of each tenant is a counter of its own."""
    for tenant in (TENANT, OTHER):
        store.add_tenant(Tenant(tenant))
    assert [store.count(TENANT, name) for name in ("a", "b", "a")] == [1, 1, 2]
    assert store.count(OTHER, "a") == 1
    assert store.count(TENANT, "b") == 2


def test_looking_at_a_counter_does_not_count(store: Store) -> None:
    """A counter shows what it has come to; one that is not there is 0, and looking makes nothing."""
    store.add_tenant(Tenant(TENANT))
    assert [store.count(TENANT, "a") for _ in range(2)] == [1, 2]
    assert [store.counted(TENANT, "a") for _ in range(2)] == [2, 2]
    assert (store.counted(TENANT, "b"), store.counted(OTHER, "a")) == (0, 0)
    assert store.tenant(OTHER) is None
    store.reset_tenant(TENANT)
    assert store.counted(TENANT, "a") == 0


def test_counters_move_with_an_exchange_or_not_at_all(store: Store) -> None:
    """A counter that is not where it was found stops all of it; one that may be anywhere goes up by one."""
    store.add_tenant(Tenant(TENANT))
    moment = 1767265200.123456
    store.append(TENANT, exchange(), counts=[Count("n", 0, 1), Count("at", 0, moment), Count("any", None, 1)])
    for before in (0, 2):
        with pytest.raises(OutdatedError):
            store.append(TENANT, exchange(), counts=[Count("any", None, 1), Count("n", before, 9)])
    assert [store.counted(TENANT, name) for name in ("n", "at", "any")] == [1, moment, 1]
    assert len(store.journal(TENANT).exchanges) == 1
    store.append(TENANT, exchange(), counts=[Count("n", 1, 2), Count("any", None, 1)])
    assert [store.counted(TENANT, name) for name in ("n", "any")] == [2, 2]


def test_a_submission_that_is_refused_leaves_nothing(store: Store, make_job: MakeJob) -> None:
    """Neither job, charge, exchange, counter nor upload, whatever the reason."""
    kept = add_job(store, make_job("credits=3"))
    journal, upload = store.journal(TENANT), Recording("ab", 3, io.BytesIO(b"abc"))
    refusals: list[tuple[Job, type[Exception], int | None, float]] = [
        (make_job(id=kept.id), JobExistsError, None, 0),
        (make_job("credits=2"), OutOfCreditsError, 4, 0),
        (make_job(), OutdatedError, None, 7),
        (make_job(tenant=OTHER), UnknownTenantError, None, 0),
    ]
    for job, refused, allowance, before in refusals:
        counts = [Count("any", None, 1), Count("n", before, 8)]
        with pytest.raises(refused):
            store.submit(job, submission_of(job), allowance=allowance, counts=counts, recording=upload)
        upload.content.seek(0)
    assert store.jobs(TENANT) == [kept]
    assert store.totals(TENANT) == Totals(jobs=1, charged=3)
    assert store.journal(TENANT) == journal
    assert (store.counted(TENANT, "n"), store.counted(TENANT, "any")) == (0, 0)
    assert store.blob(TENANT, "ab") is None
    assert store.tenant(OTHER) is None


def test_an_exchange_comes_back_as_it_went_in(store: Store) -> None:
    """Every field survives, also the status None of an exchange that was not answered."""
    full = Exchange(
        *("create", "POST", "/x?y=1", None),
        real_at=1.5,
        at=2.25,
        took_s=0.1,
        size_bytes=3,
        sha256="aa",
        file_name="ä\ud800.mp3",
        audio_format="mp3",
        question="q",
        job_id="j",
        job_status="PENDING",
        retry_after_s=2.0,
        fault="hang",
        note="n",
        user_agent="u",
        content_type="c",
        answer_bytes=0,
        answer_type="text/html",
        poll=3,
    )
    store.add_tenant(Tenant(TENANT))
    assert store.append(TENANT, full) == full._replace(number=1)
    assert store.journal(TENANT).exchanges == (full._replace(number=1),)


def test_the_journal_keeps_the_newest_and_counts_the_dropped(open_fresh: OpenFresh) -> None:
    """Beyond its bound the journal drops the oldest exchange and says so; numbers go on."""
    store = open_fresh(Bounds(journal=3))
    store.add_tenant(Tenant(TENANT))
    for n in range(5):
        store.append(TENANT, exchange(f"/{n}"))
    journal = store.journal(TENANT)
    assert [(exchange.number, exchange.path) for exchange in journal.exchanges] == [
        (3, "/2"),
        (4, "/3"),
        (5, "/4"),
    ]
    assert journal.dropped == 2
    assert store.journal(OTHER).exchanges == ()


# uploads -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("size_bytes", [0, 10, 11], ids=["empty", "at the memory limit", "over it"])
def test_an_upload_can_be_read_back(open_fresh: OpenFresh, size_bytes: int) -> None:
    """What was kept is read from its start, as often as one likes, by its tenant alone."""
    store = open_fresh(Bounds(blob_memory_bytes=10))
    content = bytes(range(size_bytes))
    for _ in range(2):
        assert put_blob(store, TENANT, "aa", io.BytesIO(content), size_bytes)
    for _ in range(2):
        opened = store.blob(TENANT, "aa")
        assert opened is not None
        with opened:
            assert opened.read() == content
    assert store.blob(OTHER, "aa") is None
    assert store.blob(TENANT, "ab") is None


def test_an_upload_over_the_bound_is_not_kept(open_fresh: OpenFresh) -> None:
    """A store says when it keeps nothing of an upload."""
    store = open_fresh(Bounds(blob_bytes=4))
    assert put_blob(store, TENANT, "aa", io.BytesIO(b"1234"), 4)
    assert not put_blob(store, TENANT, "ab", io.BytesIO(b"12345"), 5)
    assert store.blob(TENANT, "ab") is None


@pytest.mark.parametrize("in_memory_bytes", [0, 100])
def test_the_oldest_uploads_make_space(open_fresh: OpenFresh, in_memory_bytes: int) -> None:
    """The sum of all uploads stays within its bound, and what went is counted."""
    store = open_fresh(Bounds(blobs_bytes=10, blob_memory_bytes=in_memory_bytes))
    for name in ("a1", "a2", "a3"):
        put_blob(store, TENANT, name, io.BytesIO(b"1234"), 4)
    assert store.blob(TENANT, "a1") is None
    for name in ("a2", "a3"):
        kept = store.blob(TENANT, name)
        assert kept is not None
        kept.close()
    assert store.evicted() == Evicted(blobs=1)


# bounds --------------------------------------------------------------------------------------------------


def test_the_oldest_jobs_make_space(open_fresh: OpenFresh, make_job: MakeJob) -> None:
    """Beyond the bound the oldest jobs go, whoever's they are; what was charged stays charged."""
    store = open_fresh(Bounds(jobs=3))
    jobs = [add_job(store, make_job(tenant=tenant)) for tenant in (TENANT, OTHER, TENANT, OTHER, TENANT)]
    assert [store.job(job.tenant, job.id) is not None for job in jobs] == [False, False, True, True, True]
    assert store.evicted() == Evicted(jobs=2)
    assert store.due(TENANT, 0, 1e9) == [jobs[2], jobs[4]]
    assert store.totals(TENANT).jobs == 3


def test_jobs_past_their_time_are_swept(open_fresh: OpenFresh, make_job: MakeJob) -> None:
    """A job goes when it was received `job_ttl_s` ago, in real time, and not before."""
    store = open_fresh(Bounds(job_ttl_s=60))
    old, young = [add_job(store, make_job(received_at=at)) for at in (100.0, 100.5)]
    store.sweep(159.9)
    assert store.jobs(TENANT) == [old, young]
    store.sweep(160.0)
    assert store.jobs(TENANT) == [young]
    assert store.evicted() == Evicted(jobs=1)
    store.sweep(1000.0)
    assert store.evicted() == Evicted(jobs=2)


def test_adding_jobs_sweeps_now_and_then(open_fresh: OpenFresh, make_job: MakeJob) -> None:
    """Nobody has to ask: a job received a hundredth of the time to live later clears what is past it."""
    store = open_fresh(Bounds(job_ttl_s=100))
    old = add_job(store, make_job(received_at=1000.0))
    add_job(store, make_job(received_at=1099.5))
    assert store.job(TENANT, old.id) == old
    add_job(store, make_job(received_at=1100.4))
    assert store.job(TENANT, old.id) == old
    add_job(store, make_job(received_at=1100.5))
    assert store.job(TENANT, old.id) is None
    assert store.evicted() == Evicted(jobs=1)


def test_the_counter_longest_not_counted_makes_space(open_fresh: OpenFresh) -> None:
    """Beyond the bound a counter is forgotten and starts again; those in use go on."""
    store = open_fresh(Bounds(counters=2))
    for tenant in (TENANT, OTHER):
        store.add_tenant(Tenant(tenant))
    counted = [store.count(*who) for who in ((TENANT, "a"), (OTHER, "b"), (TENANT, "a"), (OTHER, "c"))]
    assert counted == [1, 1, 2, 1]
    assert store.evicted() == Evicted(counters=1)
    assert store.count(TENANT, "a") == 3
    assert store.count(OTHER, "b") == 1
    store.append(TENANT, exchange(), counts=[Count("d", 0, 1.5)])
    assert store.counted(TENANT, "d") == 1.5
    assert store.evicted() == Evicted(counters=3)


def test_expired_tenants_are_swept_with_their_jobs(store: Store, make_job: MakeJob) -> None:
    """A tenant ends at its `expires_at`; one without lives on."""
    store.add_tenant(Tenant(TENANT, expires_at=50.0))
    store.add_tenant(Tenant(OTHER))
    job = add_job(store, make_job())
    store.sweep(49.9)
    assert store.tenant(TENANT) is not None
    store.sweep(50.0)
    assert store.tenant(TENANT) is None
    assert store.job(TENANT, job.id) is None
    assert [tenant.id for tenant in store.tenants()] == [OTHER]
    assert store.evicted() == Evicted(jobs=1, tenants=1)


def test_a_later_end_keeps_a_tenant(store: Store) -> None:
    """The end that counts is the one the tenant has now."""
    store.add_tenant(Tenant(TENANT, expires_at=50.0))
    store.change_tenant(TENANT, lambda tenant: replace(tenant, expires_at=None))
    store.sweep(100.0)
    assert store.tenant(TENANT) is not None


def test_undeclared_tenants_make_space_first(open_fresh: OpenFresh) -> None:
    """A tenant that nobody declared goes before one that somebody did, and the server's own never goes."""
    store = open_fresh(Bounds(tenants=3))
    store.add_tenant(Tenant(SERVER))
    store.add_tenant(Tenant("aa", is_declared=True))
    store.add_tenant(Tenant("bb"))
    store.add_tenant(Tenant("cc", is_declared=True))
    assert [tenant.id for tenant in store.tenants()] == [SERVER, "aa", "cc"]
    store.add_tenant(Tenant("dd"))
    assert [tenant.id for tenant in store.tenants()] == [SERVER, "cc", "dd"]
    assert store.evicted() == Evicted(tenants=2)


def test_nothing_is_kept_for_a_tenant_that_is_not_there(store: Store, make_job: MakeJob) -> None:
    """A count, an exchange or a job for it is refused, and makes no tenant."""
    job = make_job(tenant="aa")
    for keep in (
        lambda: store.count("aa", "n"),
        lambda: store.append("aa", exchange()),
        lambda: store.append("aa", exchange(), counts=[Count("n", 0, 1)]),
        lambda: store.submit(job, submission_of(job)),
    ):
        with pytest.raises(UnknownTenantError) as caught:
            keep()
        assert caught.value.tenant_id == "aa"
    assert store.tenants() == []


def test_a_tenant_ends_once_its_time_is_over(store: Store) -> None:
    """Not before, and a new tenant of the same id is left alone."""
    store.add_tenant(Tenant(TENANT, expires_at=50.0))
    assert [store.end_tenant(TENANT, at) for at in (49.9, 50.0, 50.0)] == [False, True, False]
    store.add_tenant(Tenant(TENANT))
    assert not store.end_tenant(TENANT, 1e9)
    assert store.tenant(TENANT) == Tenant(TENANT)


def test_a_job_is_never_shown_at_an_earlier_moment(open_fresh: OpenFresh, make_job: MakeJob) -> None:
    """A store that processes share says when a job was last shown, and refuses what was recalled before."""
    store = with_server(open_fresh())
    if not store.is_shared:
        return
    job = add_job(store, make_job())
    store.glance(TENANT, job.id)
    recalled = store.recall(TENANT, job.id)
    assert recalled is not None
    late, early = (exchange(job_id=job.id, real_at=at) for at in (9.5, 9.25))
    store.append(TENANT, late, counts_poll=True, proof=recalled.proof)
    with pytest.raises(OutdatedError):
        store.append(TENANT, early, counts_poll=True, proof=recalled.proof)
    assert store.glance(TENANT, job.id).shown_at == 9.5

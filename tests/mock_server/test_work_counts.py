"""How much is done for one request, counted: the same on every machine, so it can fail where a time cannot.

The ceilings stand a fifth above what is counted today. Who has a reason to raise one says so in the commit.
"""

from __future__ import annotations

import gc
import io
import sys
import tracemalloc
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any

import pytest
import redis
from miragic_mock.stores import open_store
from urllib3 import encode_multipart_formdata
from werkzeug.test import EnvironBuilder

KIB = 1024
MIB = 1024 * KIB
ROOMS = {"miragic_mock", "miragic_contracts", "flask", "werkzeug", "jsonschema_rs"}

Send = Callable[[], None]


@pytest.fixture
def poll(api: Any) -> Send:
    """Polls a job that is done, whose document is the longest there is."""
    path = api.poll_path(api.submitted("done-after=0s"))
    return sender(api, EnvironBuilder(path=path, headers=api.headers()))


@pytest.fixture
def submit(api: Any) -> Send:
    """Submits 32 KiB."""
    return sender(api, submission(api, bytes(32 * KIB)))


def submission(api: Any, content: bytes) -> EnvironBuilder:
    fields = {"audio_format": "mp3", "file": ("hello.mp3", content)}
    body, content_type = encode_multipart_formdata(fields, "between")
    headers = api.headers() | {"Content-Type": content_type, "Content-Length": str(len(body))}
    return EnvironBuilder(
        method="POST", path=api.spec.submit.path, headers=headers, input_stream=io.BytesIO(body)
    )


def sender(api: Any, builder: EnvironBuilder) -> Send:
    """Sends the request again and again, as a server would: a fresh environment each time."""
    environ = builder.get_environ() | {"wsgi.input_terminated": True}
    answered = []

    def start_response(status: str, headers: list[tuple[str, str]]) -> None:
        answered.append(status)

    def send() -> None:
        environ["wsgi.input"].seek(0)
        b"".join(api.app.wsgi_app(dict(environ), start_response))
        assert answered.pop()[0] == "2"

    send()  # caches are filled and modules imported
    return send


@contextmanager
def profiled(notice: Callable[[FrameType, str, Any], None]) -> Iterator[None]:
    """Calls `notice` at every function call in the block (`sys.setprofile`)."""
    before = sys.getprofile()
    sys.setprofile(notice)
    try:
        yield
    finally:
        sys.setprofile(before)


@contextmanager
def counted() -> Iterator[Counter[str]]:
    """Calls of functions made meanwhile, by the package that the function is of ("" for built-in ones)."""
    calls: Counter[str] = Counter()

    def notice(frame: FrameType, event: str, _: object) -> None:
        if event == "call":
            calls[package(frame.f_code.co_filename)] += 1
        elif event == "c_call":
            calls[""] += 1

    with profiled(notice):
        yield calls


def package(file: str) -> str:
    # What searches for keys is of the boundary, not of the contract.
    if Path(file).name in ("redaction.py", "spellings.py"):
        return "boundary"
    return next((part for part in Path(file).parts if part in ROOMS), "another")


def test_a_poll_calls_few_functions(poll: Send) -> None:
    """A poll, from the environment to the bytes, is a hundred and ten calls of Python functions at most."""
    with counted() as calls:
        poll()
    assert calls.total() - calls[""] <= 110, calls


def test_a_submission_calls_few_functions(submit: Send) -> None:
    """A submission is 290 calls of Python functions at most.

    Among them are those of the multipart parser, and those that look for the key in what is kept.
    """
    with counted() as calls:
        submit()
    assert calls.total() - calls[""] <= 290, calls


def test_a_poll_is_one_statement_of_sqlite(make_api: Callable[..., Any], tmp_path: Path) -> None:
    """A poll of a job that was polled before is one statement, and so one transaction.

    The first poll looks the job up, too. At most one poll in ten is another statement, which lets old
    exchanges go.
    """
    store = open_store(f"sqlite:///{(tmp_path / 'mock.db').as_posix()}")
    api = make_api(store=store)
    job_id = api.submitted("done-after=1h")
    with executed() as statements:
        api.poll(job_id)
    assert statements.total() == 2
    with executed() as statements:
        for _ in range(50):
            api.poll(job_id)
    assert 50 <= statements.total() <= 55


@contextmanager
def executed() -> Iterator[Counter[str]]:
    """Statements that were executed meanwhile by SQLite."""
    calls: Counter[str] = Counter()

    def notice(frame: FrameType, event: str, what: Any) -> None:
        if event == "c_call" and what.__name__.startswith("execute"):
            calls[what.__qualname__] += 1

    with profiled(notice):
        yield calls


def test_a_poll_is_one_round_trip_to_redis(make_api: Callable[..., Any], redis_url: str) -> None:
    """A poll of a job that was polled before is one script; the first is two."""
    api = make_api(store=open_store(redis_url))
    job_id = api.submitted("done-after=1h")
    api.poll(job_id)
    other = redis.Redis.from_url(redis_url)
    with other:
        other.config_resetstat()
        for _ in range(10):
            api.poll(job_id)
        calls = {name: stat["calls"] for name, stat in other.info("commandstats").items()}
        processed = sum(calls.get(f"cmdstat_{name}", 0) for name in ("evalsha", "eval"))
        assert processed == 10
        assert other.info("stats")["total_reads_processed"] <= 10 + 3
    other.close()


@pytest.mark.parametrize("kind", ["memory:", "sqlite"])
def test_a_submission_asks_the_store_a_few_times(
    make_api: Callable[..., Any], tmp_path: Path, kind: str
) -> None:
    """A submission is eight calls to the store at most, each of them one transaction."""
    url = kind if kind == "memory:" else f"sqlite:///{(tmp_path / 'mock.db').as_posix()}"
    store = open_store(url)
    api = make_api(store=store)
    api.submitted()
    with calls_to(store) as calls:
        api.submitted()
    assert calls.total() <= 8, calls


@contextmanager
def calls_to(store: Any) -> Iterator[Counter[str]]:
    """Calls of a store's methods from outside of its package, by name."""
    calls: Counter[str] = Counter()

    def notice(frame: FrameType, event: str, _: object) -> None:
        caller = frame.f_back
        if event == "call" and caller is not None and frame.f_locals.get("self") is store:
            calls[frame.f_code.co_name] += "stores" not in Path(caller.f_code.co_filename).parts

    with profiled(notice):
        yield calls


def test_nothing_is_validated_or_routed_twice(poll: Send, submit: Send) -> None:
    """While a request is answered the contract is not read, and Flask is not asked."""
    with counted() as calls:
        poll()
        submit()
    assert calls["miragic_contracts"] == 0
    assert calls["flask"] == 0


def test_a_poll_is_not_searched_for_the_key(poll: Send) -> None:
    """All of a poll that the journal keeps is ours where the job is there, so nothing is searched."""
    with counted() as calls:
        poll()
    assert calls["boundary"] == 0


def test_a_poll_does_not_notice_other_jobs(api: Any, poll: Send) -> None:
    """A poll among three hundred jobs is call for call the work of a poll of the only job."""
    with counted() as alone:
        poll()
    for number in range(300):
        api.submitted("done-after=1h", content=b"%d" % number)
    with counted() as among_many:
        poll()
    assert among_many == alone


@pytest.mark.parametrize("request_", ["poll", "submit"])
def test_nothing_is_left_to_the_garbage_collector(request_: str, request: pytest.FixtureRequest) -> None:
    """What a request made is gone when it is answered: there are no rings of objects that wait."""
    send: Send = request.getfixturevalue(request_)
    gc.collect()
    gc.disable()
    try:
        for _ in range(20):
            send()
        assert gc.collect() == 0
    finally:
        gc.enable()


def test_a_poll_needs_little_memory(poll: Send) -> None:
    """A poll never holds more than 32 KiB."""
    assert peak_bytes(poll) < 32 * KIB


def test_memory_does_not_grow_with_the_upload(api: Any) -> None:
    """An upload of 24 MiB is taken with no more memory than one of 8 MiB, and with less than 3 MiB."""
    peaks = [peak_bytes(sender(api, submission(api, bytes(size * MIB)))) for size in (8, 24)]
    assert max(peaks) < 3 * MIB
    assert peaks[1] - peaks[0] < 256 * KIB


def peak_bytes(send: Send) -> int:
    """The most memory that Python held at once while a request was answered, beyond what it held before."""
    tracemalloc.start()
    try:
        before, _ = tracemalloc.get_traced_memory()
        tracemalloc.reset_peak()
        send()
        return tracemalloc.get_traced_memory()[1] - before
    finally:
        tracemalloc.stop()


def test_an_upload_is_read_once(api: Any) -> None:
    """The body of a submission is asked for once from its beginning to its end, and never beyond."""
    builder = submission(api, bytes(MIB))
    environ = builder.get_environ()
    body = Watched(environ["wsgi.input"].read())
    environ["wsgi.input"] = body
    b"".join(api.app.wsgi_app(environ, lambda status, headers: None))
    assert body.read_bytes == int(environ["CONTENT_LENGTH"])


class Watched(io.BytesIO):
    """A body that counts how much of it was read."""

    read_bytes = 0

    def read(self, size: int | None = -1, /) -> bytes:
        piece = super().read(size)
        self.read_bytes += len(piece)
        return piece

    def readinto(self, buffer: Any, /) -> int:
        count = super().readinto(buffer)
        self.read_bytes += count
        return count

"""Holds for every test: what a test starts, it stops, or it fails."""

from __future__ import annotations

import threading
import time
from collections.abc import Generator, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

# How fast examples come depends on the machine and on who else works on it, so no verdict may. Under CI
# hypothesis loads a profile of its own that says the same and draws the same examples each time.
settings.register_profile("unhurried", deadline=None, suppress_health_check=[HealthCheck.too_slow])
if settings.get_current_profile_name() == "default":
    settings.load_profile("unhurried")

# Long enough for a thread whose work is done to leave, short enough that nobody relies on it.
GRACE_S = 2.0

# The standard library starts this one once per process and keeps it, for whoever uses multiprocessing first.
KEPT_BY_STDLIB = b"multiprocessing.resource_tracker"


@dataclass(slots=True)
class Running:
    """Threads and child processes; `shared` is what fixtures wider than one test have started so far."""

    threads: set[threading.Thread] = field(default_factory=set)
    children: set[int] = field(default_factory=set)

    @classmethod
    def now(cls) -> Running:
        """What runs now and must not outlive a test; of the daemon threads only servers of ours."""
        threads = {
            thread
            for thread in threading.enumerate()
            if not thread.daemon or thread.name.lower().startswith("miragic")
        }
        return cls(threads, set(child_processes()))

    def add_new(self, before: Running, after: Running) -> None:
        self.threads |= after.threads - before.threads
        self.children |= after.children - before.children


def child_processes() -> Iterator[int]:
    """The ids of this process's children, the finished but not awaited too; none where /proc is absent."""
    for children in Path("/proc/self/task").glob("*/children"):
        try:
            pids = children.read_text().split()
        except OSError:  # the thread, or the whole facility, is gone
            continue
        for pid in map(int, pids):
            if KEPT_BY_STDLIB not in command_line(pid):
                yield pid


def command_line(pid: int) -> bytes:
    """The process's command line with blanks, empty where it has gone or has no more than an exit status."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").strip()
    except OSError:
        return b""


SHARED = pytest.StashKey[Running]()


def pytest_configure(config: pytest.Config) -> None:
    config.stash[SHARED] = Running()


@pytest.hookimpl(wrapper=True)
def pytest_fixture_setup(
    fixturedef: pytest.FixtureDef[object], request: pytest.FixtureRequest
) -> Generator[None, object, object]:
    """What a fixture wider than one test starts may outlive the test that happened to ask for it first."""
    if fixturedef.scope == "function":
        return (yield)
    before = Running.now()
    result = yield
    request.config.stash[SHARED].add_new(before, Running.now())
    return result


@pytest.fixture(autouse=True)
def nothing_left_behind(request: pytest.FixtureRequest) -> Iterator[None]:
    """Fails a test that leaves a thread or a child process running."""
    before = Running.now()
    yield
    shared = request.config.stash[SHARED]
    deadline = time.monotonic() + GRACE_S
    for thread in Running.now().threads - before.threads - shared.threads:
        thread.join(max(0.0, deadline - time.monotonic()))
    left = Running.now()
    threads = sorted(thread.name for thread in left.threads - before.threads - shared.threads)
    children = [
        f"{pid} ({command_line(pid).decode(errors='replace') or 'finished but not waited for'})"
        for pid in sorted(left.children - before.children - shared.children)
    ]
    if threads or children:
        pytest.fail(
            f"left running: threads {threads}, child processes {children}; stop and join what a test starts",
            pytrace=False,
        )

"""A rule for every test: a test that leaves a thread or a process running fails."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Generator, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import pytest
from hypothesis import HealthCheck, settings

# The speed of examples depends on the machine and on its load, so no test may fail for it. Under CI, a
# profile of Hypothesis itself says the same, and draws the same examples each time.
settings.register_profile("unhurried", deadline=None, suppress_health_check=[HealthCheck.too_slow])
if settings.get_current_profile_name() == "default":
    settings.load_profile("unhurried")

# Long enough for a thread to end after its work, short enough that no test can rely on it.
GRACE_S: Final = 2.0

# multiprocessing starts this helper process at its first use and keeps it until the interpreter ends.
KEPT_BY_STDLIB: Final = b"multiprocessing.resource_tracker"


@dataclass(slots=True)
class Running:
    """Running threads and child processes."""

    threads: set[threading.Thread] = field(default_factory=set)
    children: set[int] = field(default_factory=set)

    @classmethod
    def now(cls) -> Running:
        """Return what runs now and must not outlive a test; of daemon threads only our own servers."""
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
    """Yield the ids of this process's children, zombies included; none on a system without /proc."""
    for children in Path("/proc/self/task").glob("*/children"):
        try:
            pids = children.read_text().split()
        except OSError:  # the thread has ended, or this kernel lists no children
            continue
        for pid in map(int, pids):
            if KEPT_BY_STDLIB not in command_line(pid):
                yield pid


def command_line(pid: int) -> bytes:
    """Return the command line of a process with blanks, or nothing if it is a zombie or gone."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").strip()
    except OSError:
        return b""


# What fixtures wider than one test have started so far.
SHARED: Final = pytest.StashKey[Running]()


def pytest_configure(config: pytest.Config) -> None:
    config.stash[SHARED] = Running()


@pytest.hookimpl(wrapper=True)
def pytest_fixture_setup(
    fixturedef: pytest.FixtureDef[object], request: pytest.FixtureRequest
) -> Generator[None, object, object]:
    """Note what a fixture wider than one test starts: it may outlive the test that used it first."""
    if fixturedef.scope == "function":
        return (yield)
    before = Running.now()
    result = yield
    request.config.stash[SHARED].add_new(before, Running.now())
    return result


@pytest.fixture(autouse=True)
def nothing_left_behind(request: pytest.FixtureRequest) -> Iterator[None]:
    """Fail a test that leaves a thread or a child process running."""
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


@pytest.fixture(autouse=True)
def defects() -> Iterator[list[str]]:
    """Fail a test in which the mock's last catch was reached, unless it clears this list of its log."""
    reached: list[str] = []
    handler = logging.Handler()
    handler.emit = lambda record: reached.append(record.getMessage())  # type: ignore[method-assign]
    logger = logging.getLogger("miragic_mock.defects")
    logger.addHandler(handler)
    yield reached
    logger.removeHandler(handler)
    if reached:
        pytest.fail("the mock's last catch was reached:\n" + "\n".join(reached), pytrace=False)

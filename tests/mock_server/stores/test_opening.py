"""What a store's URL means, and what is said when it means nothing."""

from __future__ import annotations

import sys

import pytest
from miragic_mock.errors import StoreError
from miragic_mock.stores import Bounds, open_store
from miragic_mock.stores.memory import MemoryStore


@pytest.mark.parametrize("url", ["memory:", "memory", "memory://"])
def test_memory_is_for_one_process(url: str) -> None:
    """The store in memory says that it cannot be shared."""
    store = open_store(url, bounds=Bounds(jobs=7))
    assert isinstance(store, MemoryStore)
    assert not store.is_shared
    assert store.bounds.jobs == 7


@pytest.mark.parametrize(
    ("url", "hint"),
    [
        ("postgres://db", "expected memory:, sqlite:///FILE or redis://HOST:PORT/DB"),
        ("", "expected memory:"),
        ("sqlite:///", "expected sqlite:///FILE"),
        ("sqlite://host/file", "expected sqlite:///FILE"),
        ("sqlite:///f?synchronous=off", "synchronous=full"),
        ("sqlite:///f?mode=ro", "expected sqlite:///FILE"),
        ("redis://localhost:notaport/0", "expected redis://HOST:PORT/DB"),
    ],
)
def test_a_url_that_means_nothing_is_refused(url: str, hint: str) -> None:
    """The error says what a URL looks like."""
    with pytest.raises(StoreError, match="expected") as caught:
        open_store(url)
    assert hint in str(caught.value)


def test_without_its_library_redis_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    """A base installation says what to install."""
    for module in ("redis", "redis_server", "redis_submissions"):
        monkeypatch.delitem(sys.modules, f"miragic_mock.stores.{module}", raising=False)
    monkeypatch.setitem(sys.modules, "redis", None)
    with pytest.raises(StoreError, match=r"pip install 'miragic-stt-toolkit\[redis\]'"):
        open_store("redis://127.0.0.1:6379/0")

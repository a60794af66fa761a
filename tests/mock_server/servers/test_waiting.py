"""Who has to go where there is no more room."""

from __future__ import annotations

from dataclasses import dataclass

from miragic_mock.servers.waiting import slowest


@dataclass(eq=False)
class Client:
    address: str
    progress_at: float
    is_waiting: bool = True
    is_taken_away: bool = False


def test_the_one_without_progress_for_longest_goes() -> None:
    """Of one address, who did something long ago goes before who did something just now."""
    old, new = Client("a", 1), Client("a", 2)
    assert slowest([new, old], 1) == [old]


def test_one_address_does_not_keep_others_out() -> None:
    """An address with many places loses one before an address with few, whatever they did."""
    many, few = [Client("many", 5), Client("many", 6)], Client("few", 1)
    assert slowest([few, *many], 2) == many


def test_nobody_goes_for_whom_the_server_is_at_work() -> None:
    """A client that waits for its answer stays, and who is going already is not sent twice."""
    assert slowest([Client("a", 1, is_waiting=False), Client("a", 2, is_taken_away=True)], 2) == []
    assert slowest([], 1) == []

"""The numbers that a call takes of its tenant's counters.

Rule: a number is taken by looking; the counter is moved together with the exchange, in one step with it, and
only if it still is where it was. So a request that the store refuses has counted nothing.
"""

from __future__ import annotations

from ..exchange.call import Call
from ..stores.protocol import Count, Store


def take_number(call: Call, store: Store, tenant_id: str, name: str) -> int:
    """Return the next number of a counter, from 1, for this call."""
    if name in call.lasting.numbers:
        return call.lasting.numbers[name]
    count = call.counts.get(name)
    before = store.counted(tenant_id, name) if count is None else count.after
    first = before if count is None else count.before
    call.counts[name] = Count(name, first, before + 1)
    return int(before) + 1


def take_number_for_good(call: Call, store: Store, tenant_id: str, name: str) -> int:
    """Return the next number of a counter, and move the counter at once.

    This is for what cannot wait for the end of the call: bytes that a client has not got cannot be given
    later.
    """
    numbers = call.lasting.numbers
    if name not in numbers:
        numbers[name] = store.count(tenant_id, name)
    return numbers[name]


def take_moment(call: Call, store: Store, tenant_id: str, name: str) -> float:
    """Return the moment that is noted under a name: the call's own, where there is none yet."""
    noted = store.counted(tenant_id, name)
    if not noted:
        call.counts[name] = Count(name, 0, call.at)
    return noted or call.at


def note_one(call: Call, name: str) -> None:
    """Count the call under a name, whatever its number is."""
    call.counts[name] = Count(name, None, 1)

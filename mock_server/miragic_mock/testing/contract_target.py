"""The mock as a server to be judged: what `pytest --pyargs miragic_contracts` finds where no URL is given.

Rule: this is the hook (entry point group `miragic_contracts.servers`); the suite knows nothing of the mock.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from ..domain.settings import Settings
from ..domain.tenants import tenant_id
from .server import MockServer

_KEYS: Final = ("mock-judged-one", "mock-judged-two")
_PLAN: Final = "done-after=300ms"


@contextmanager
def offer() -> Iterator[dict[str, str]]:
    """Serve a mock on a free port while the block lasts; give its `base_url` and the two keys it lets in."""
    # Any other key has to be refused: the suite checks that too.
    settings = Settings(known_tenants=frozenset(map(tenant_id, _KEYS)))
    with MockServer(settings=settings, plan=_PLAN) as mock:
        yield {"base_url": mock.url, "api_key": _KEYS[0], "second_api_key": _KEYS[1]}

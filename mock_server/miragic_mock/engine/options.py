"""The options of `miragic-mock serve`, as one value, and the mock that is made of them.

Rule: the value survives pickling, so that a worker process of any platform can build its own mock from it.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final

from miragic_contracts.spec import Spec, load_spec

from ..domain.settings import Settings
from ..domain.tenants import SERVER, Tenant
from ..stores import open_store
from ..transcripts import sources
from ..transcripts.made_up import seeded
from .engine import Engine
from .injection.doors import WSGI, Door
from .injection.injector import Pauser

Clock = Callable[[], float]

_SETTINGS: Final = Settings()
_SERVER: Final = Tenant(SERVER)


@dataclass(frozen=True, slots=True)
class Options:
    """The options that are more than `Settings`.

    Attributes:
        spec: The path of the contract, None for the one in this package.
        overlays: Paths of OpenAPI Overlays, applied to it in order.
        store: The URL of the store.
        settings: How the mock behaves where the contract leaves a choice.
        server: The clock, plan, scenario and faults that underlie those of all tenants.
        transcription: The text of every job, or `@FILE`.
        sidecar_dir: A folder of texts by file name, looked into next.
        by_hash: Texts by the digest of the upload, looked into next.
        hook: A function that gives the text, asked next; made-up words come last.
        control_token: What callers of the control API must show, None where being on this machine is enough.
    """

    spec: str | None = None
    overlays: tuple[str, ...] = ()
    store: str = "memory:"
    settings: Settings = _SETTINGS
    server: Tenant = _SERVER
    transcription: str | None = None
    sidecar_dir: Path | None = None
    by_hash: Path | None = None
    hook: str | None = None
    control_token: str | None = None


@lru_cache(maxsize=4)
def spec_at(path: str | None, overlays: tuple[str, ...] = ()) -> Spec:
    """Return the contract at a path, with overlays applied in order; read once per process and its forks.

    Raises:
        SpecError: The contract cannot be used, before or after.
        OverlayError: An overlay cannot be used.
    """
    if not overlays:
        return load_spec(path)
    # What reads overlays takes long to import, and few mocks have one.
    from miragic_contracts.overlay import load_spec_with

    return load_spec_with(None if path is None else Path(path), [Path(overlay) for overlay in overlays])


def engine_of(
    options: Options,
    *,
    door: Door = WSGI,
    pause: Pauser = time.sleep,
    clock: Clock = time.time,
    counts: Path | None = None,
) -> Engine:
    """Return the mock that the options describe.

    Args:
        options: The options.
        door: How clients get to it.
        pause: How a fault waits.
        clock: Gives real epoch seconds.
        counts: A folder where the processes of one mock count together; None for a mock of one process.

    Raises:
        SpecError, OverlayError: The contract cannot be used.
        TranscriptError: A source of texts cannot be used.
        ScenarioError: The scenario cannot be read, or asks for a field that the form does not have.
        StoreError: The store cannot be opened.
    """
    spec, text_of = spec_at(options.spec, options.overlays), sources.first_of(*_sources(options), seeded)
    store = open_store(options.store)
    try:
        return Engine(
            spec=spec,
            store=store,
            settings=options.settings,
            server=options.server,
            text_of=text_of,
            reads_uploads=options.hook is not None,
            door=door,
            pause=pause,
            clock=clock,
            counts=counts,
        )
    except BaseException:
        store.close()
        raise


def _sources(options: Options) -> list[sources.Source]:
    found: list[sources.Source] = []
    if options.transcription is not None:
        found.append(sources.fixed(options.transcription))
    if options.sidecar_dir is not None:
        found.append(sources.sidecar(options.sidecar_dir))
    if options.by_hash is not None:
        found.append(sources.by_hash(options.by_hash))
    if options.hook is not None:
        found.append(sources.hook(options.hook))
    return found

"""What `miragic-mock serve` was asked for, as one value, and the mock that comes of it.

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
from . import transcripts
from .engine import Engine
from .injection.doors import WSGI, Door
from .injection.injector import Pauser

Clock = Callable[[], float]

_SETTINGS: Final = Settings()
_SERVER: Final = Tenant(SERVER)


@dataclass(frozen=True, slots=True)
class Options:
    """The options that are more than `Settings`.

    `spec` is the contract's path, None for the one in this package; `overlays` are paths of OpenAPI Overlays,
    applied to it in order. `store` is a URL. `transcription` is a text or `@FILE`; `sidecar_dir`, `by_hash`
    and `hook` are where else texts come from: the first that has one gives it, and made-up words come last.
    `control_token` is what callers of the control API must show, None where being on this machine is enough.
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
    """The contract at a path, with overlays applied in order; read once per process and its forks.

    Raises:
        SpecError: the contract cannot be used, before or after.
        OverlayError: an overlay cannot be used.
    """
    if not overlays:
        return load_spec(path)
    # Only who has an overlay waits for what reads it.
    from miragic_contracts.overlay import load_spec_with

    return load_spec_with(None if path is None else Path(path), [Path(overlay) for overlay in overlays])


def engine_of(
    options: Options, *, door: Door = WSGI, pause: Pauser = time.sleep, clock: Clock = time.time
) -> Engine:
    """The mock that was asked for, behind `door`, which waits by `pause`; `clock` gives real epoch seconds.

    Raises:
        SpecError, OverlayError: the contract cannot be used.
        TranscriptError: a source of texts cannot be used.
        StoreError: the store cannot be opened.
    """
    sources = tuple(_sources(options))
    return Engine(
        spec=spec_at(options.spec, options.overlays),
        store=open_store(options.store),
        settings=options.settings,
        server=options.server,
        text_of=transcripts.first_of(*sources, transcripts.seeded),
        reads_uploads=options.hook is not None,
        door=door,
        pause=pause,
        clock=clock,
    )


def _sources(options: Options) -> list[transcripts.Source]:
    found: list[transcripts.Source] = []
    if options.transcription is not None:
        found.append(transcripts.fixed(options.transcription))
    if options.sidecar_dir is not None:
        found.append(transcripts.sidecar(options.sidecar_dir))
    if options.by_hash is not None:
        found.append(transcripts.by_hash(options.by_hash))
    if options.hook is not None:
        found.append(transcripts.hook(options.hook))
    return found

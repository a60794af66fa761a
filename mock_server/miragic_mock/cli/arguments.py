"""What `miragic-mock serve` was given on the command line, as one typed value.

Rule: every option of the command has a field here, under click's name for it, and no field has a default:
`commands` says what an option is when it is left out. An option without a field stops the command at once.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from ..domain.clock import Clock
from ..domain.jobs.plan import PlanLayer
from ..domain.settings import ErrorShape, Times
from ..domain.tenants import RateLimit


@dataclass(frozen=True, slots=True, kw_only=True)
class ServeArguments:
    """The options of `miragic-mock serve`, each as its type in `parameters` reads it.

    Attributes:
        clock: From the real time at start to the server's clock.
        plan: `--plan`, which wins over `delay`, `outcome` and `error`.
        delay: A plan that says only when jobs end.
        max_upload: Bytes.
        max_connections: None for what suits the server.
        handshake_timeout: Seconds, as all that end so; None for what suits the server.
        api_key: The keys that are let in; empty for any.
    """

    host: str
    port: int
    workers: int
    server: Literal["granian", "threads"]
    tls_cert: Path | None
    tls_key: Path | None
    tls_self_signed: bool
    store: str
    spec: str | None
    overlays: tuple[str, ...]
    delay: PlanLayer | None
    # "never" is an end here and not an outcome of a plan: people ask for it in one breath with the others.
    outcome: Literal["completed", "failed", "never"] | None
    error: str | None
    plan: PlanLayer | None
    scenario: Path | None
    transcription: str | None
    sidecar_dir: Path | None
    by_hash: Path | None
    hook: str | None
    seed: int
    clock: Callable[[float], Clock]
    create_status: Literal["200", "201", "202"] | None
    times: Times
    progress: Literal["on", "off"]
    errors: ErrorShape
    download_signed_url: bool
    strict: bool
    max_upload: int
    max_connections: int | None
    handshake_timeout: float | None
    head_timeout: float
    body_timeout: float | None
    idle_timeout: float | None
    api_key: tuple[str, ...]
    credits: int | None
    rate_limit: RateLimit | None
    refund_failed: bool
    cors: bool
    public_url: str | None
    control_token: str | None
    link_secret: str
    log_level: Literal["error", "warning", "info", "debug"]
    as_json: bool

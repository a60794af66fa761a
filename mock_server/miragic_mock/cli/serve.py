"""From the options of `miragic-mock serve` to a running server.

Rule: everything that can be wrong with an option is found before a socket is opened.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from secrets import token_urlsafe
from typing import TYPE_CHECKING, Any

from ..control.guard import is_loopback
from ..domain.plan import EMPTY, Finish, PlanLayer, merge
from ..domain.settings import Settings
from ..domain.tenants import SERVER, Tenant, tenant_id
from ..engine.injection.doors import GRANIAN, THREADS, Door
from ..engine.options import Options, engine_of, spec_at
from ..errors import MockError
from ..language.scenario import parse_scenario
from ..release import release
from ..servers.granian import serve

if TYPE_CHECKING:
    from ..servers.tls import TlsFiles

Facts = dict[str, Any]


def start(given: Mapping[str, Any], *, announce: Callable[[Facts], None]) -> None:
    """Serve until stopped; `announce` gets the facts of the ready line.

    Raises:
        MockError: an option, the store or the address cannot be used.
        SpecError: the contract cannot be used.
    """
    options = _guarded(options_of(given), given["host"])
    by_threads = given["server"] == "threads"
    if by_threads and given["log_level"] != "error":
        raise MockError("--server threads writes no log: leave out --log-level, and read /_mock/journal.")
    _try_out(options, THREADS if by_threads else GRANIAN, workers=given["workers"])
    with _tls(given) as (files, authority):

        def ready(url: str) -> None:
            announce(_facts(options, url, authority))

        if by_threads:
            from ..servers.threaded.process import (
                serve_by_threads,  # the other server is imported only where it serves
            )

            serve_by_threads(options, host=given["host"], port=given["port"], tls=files, ready=ready)
            return
        serve(
            options,
            host=given["host"],
            port=given["port"],
            workers=given["workers"],
            tls=files,
            ready=ready,
            log_level=given["log_level"],
        )


@contextmanager
def _tls(given: Mapping[str, Any]) -> Iterator[tuple[TlsFiles | None, Path | None]]:
    """The files to speak TLS with, and the authority that clients have to be told of."""
    files = _tls_files(given["tls_cert"], given["tls_key"])
    if not given["tls_self_signed"]:
        yield files, None
        return
    if files is not None:
        raise MockError("--tls-self-signed makes a certificate: leave out --tls-cert and --tls-key.")
    from ..servers.tls import self_signed  # seldom wanted

    with self_signed(given["host"]) as made:
        yield made.files, made.authority


def _tls_files(certificate: Path | None, key: Path | None) -> TlsFiles | None:
    if (certificate is None) != (key is None):
        raise MockError("--tls-cert and --tls-key belong together: give both, or neither.")
    if certificate is None or key is None:
        return None
    from ..servers.tls import tls_context

    tls_context(certificate, key)  # what is wrong with them is found before a socket is opened
    return certificate, key


def _try_out(options: Options, door: Door, *, workers: int) -> None:
    """Build the mock once here, since what a worker process cannot do nobody would be told."""
    door.check(options.server.plan.faults or ())
    if workers > 1 and door is THREADS:
        raise MockError(f"--server threads is one process: give one worker, not {workers}.")
    if workers > 1 and options.store.startswith("memory"):
        raise MockError(
            f"--workers {workers} needs a store that processes can share: "
            "give --store sqlite:///mock.db or redis://HOST, or one worker."
        )
    engine_of(options).store.close()


def _facts(options: Options, url: str, authority: Path | None) -> Facts:
    spec = spec_at(options.spec, options.overlays)
    return {
        "url": url,
        "control_url": f"{url}/_mock/",
        "control_token": options.control_token,
        "tls_authority": authority and str(authority),
        "version": release(),
        "spec": spec.version,
        "store": options.store.partition(":")[0],
        "submit": f"{spec.submit.method} {spec.submit.path}",
        "poll": f"{spec.poll.method} {spec.poll.path}",
        "api_key_header": spec.api_key_header,
    }


def options_of(given: Mapping[str, Any]) -> Options:
    """The options as values.

    Raises:
        MockError: the scenario cannot be read.
        SpecError, OverlayError: the contract cannot be used.
    """
    now = time.time()
    server = Tenant(
        SERVER,
        name="server",
        created_at=now,
        clock=given["clock"](now),
        seed=given["seed"],
        plan=_plan(given),
        scenario=read_scenario(given["scenario"]) if given["scenario"] else "",
        is_declared=True,
    )
    return Options(
        spec=given["spec"],
        overlays=given["overlays"],
        store=given["store"],
        settings=_settings(given),
        server=server,
        transcription=given["transcription"],
        sidecar_dir=given["sidecar_dir"],
        by_hash=given["by_hash"],
        hook=given["hook"],
        control_token=given["control_token"],
    )


def _guarded(options: Options, host: str) -> Options:
    """A mock that others can reach has a token, be it one of ours."""
    if options.control_token is not None or is_loopback(host):
        return options
    return replace(options, control_token=token_urlsafe(24))


def _settings(given: Mapping[str, Any]) -> Settings:
    spec = spec_at(given["spec"], given["overlays"])
    return Settings(
        create_status=int(given["create_status"] or spec.submit.likeliest_success.status),
        times=given["times"],
        progress=given["progress"] == "on",
        download_signed_url=given["download_signed_url"],
        errors=given["errors"],
        strict=given["strict"],
        max_upload_bytes=given["max_upload"],
        known_tenants=frozenset(map(tenant_id, given["api_key"])),
        credits=given["credits"],
        rate_limit=given["rate_limit"],
        refund_failed=given["refund_failed"],
        cors=given["cors"],
        public_url=given["public_url"],
    )


def _plan(given: Mapping[str, Any]) -> PlanLayer:
    """`--plan` wins over the options that say one thing only."""
    outcome = given["outcome"]
    never = PlanLayer(finish=Finish("never")) if outcome == "never" else EMPTY
    ends = PlanLayer(outcome=None if outcome == "never" else outcome, error=given["error"])
    return merge(given["plan"] or EMPTY, never, given["delay"] or EMPTY, ends)


def read_scenario(path: Path) -> str:
    """The text of a scenario file, checked.

    Raises:
        MockError: it cannot be read, or does not validate.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or error
        raise MockError(f"cannot read the scenario {path}: {reason}") from error
    parse_scenario(text, file=str(path))
    return text

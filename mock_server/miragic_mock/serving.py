"""From the options of `miragic-mock serve` to a running server.

Rule: everything that can be wrong with an option is found before a socket is opened.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any

from .errors import MockError
from .lifecycle import Finish
from .options import Options, spec_at
from .plans import EMPTY, PlanLayer, merge
from .scenario import parse_scenario
from .server import serve
from .settings import Settings
from .tenants import SERVER, Tenant, tenant_id

__all__ = ["options_of", "start"]

Facts = dict[str, Any]


def start(given: Mapping[str, Any], *, announce: Callable[[Facts], None]) -> None:
    """Serve until stopped; `announce` gets the facts of the ready line.

    Raises:
        MockError: an option, the store or the address cannot be used.
        SpecError: the contract cannot be used.
    """
    options = options_of(given)
    spec = spec_at(options.spec)
    if given["workers"] > 1 and options.store.startswith("memory"):
        raise MockError(
            f"--workers {given['workers']} needs a store that processes can share: "
            "give --store sqlite:///mock.db or redis://HOST, or one worker."
        )

    def ready(url: str) -> None:
        announce(
            {
                "url": url,
                "control_url": f"{url}/_mock/",
                "version": version("miragic-stt-toolkit"),
                "spec": spec.version,
                "store": options.store.partition(":")[0],
                "submit": f"{spec.submit.method} {spec.submit.path}",
                "poll": f"{spec.poll.method} {spec.poll.path}",
                "api_key_header": spec.api_key_header,
            }
        )

    serve(options, host=given["host"], port=given["port"], workers=given["workers"], ready=ready)


def options_of(given: Mapping[str, Any]) -> Options:
    """The options as values.

    Raises:
        MockError: the scenario cannot be read.
    """
    now = time.time()
    server = Tenant(
        SERVER,
        name="server",
        created_at=now,
        clock=given["clock"](now),
        seed=given["seed"],
        plan=_plan(given),
        scenario=_scenario(given["scenario"]),
        is_declared=True,
    )
    return Options(
        spec=given["spec"],
        store=given["store"],
        settings=_settings(given),
        server=server,
        transcription=given["transcription"],
        sidecar_dir=given["sidecar_dir"],
        by_hash=given["by_hash"],
        hook=given["hook"],
    )


def _settings(given: Mapping[str, Any]) -> Settings:
    return Settings(
        create_status=int(given["create_status"]),
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
        public_url=given["public_url"] and given["public_url"].rstrip("/"),
    )


def _plan(given: Mapping[str, Any]) -> PlanLayer:
    """`--plan` wins over the options that say one thing only."""
    outcome = given["outcome"]
    never = PlanLayer(finish=Finish("never")) if outcome == "never" else EMPTY
    ends = PlanLayer(outcome=None if outcome == "never" else outcome, error=given["error"])
    return merge(given["plan"] or EMPTY, never, given["delay"] or EMPTY, ends)


def _scenario(path: Path | None) -> str:
    if path is None:
        return ""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise MockError(f"cannot read the scenario {path}: {error}") from error
    parse_scenario(text, file=str(path))
    return text

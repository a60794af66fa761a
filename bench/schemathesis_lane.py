"""`python -m bench.schemathesis_lane`: stock Schemathesis on the same mutants, for comparison.

Bounded, so that it ends: one seed, few examples (`--max-examples`), otherwise as it comes: all phases,
all of its default checks. It reads our own contract with every object closed, so it is given the best
schema there is.

A mutant counts as killed where Schemathesis reports a failure that it does not report of the sound server.
"""

from __future__ import annotations

import argparse
import json
import re
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import yaml
from miragic_contracts.rules import Severity
from miragic_mock.app import create_app
from miragic_mock.settings import Settings
from miragic_mock.stores import Bounds, open_store
from miragic_mock.tenants import tenant_id
from werkzeug.serving import WSGIRequestHandler, make_server

from tests.broken_servers.catalogue import MUTANTS
from tests.broken_servers.trial import KEY, SECOND_KEY, Wrap, contract, unchanged

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

_FAILURE = re.compile(r"^\s*- (.+)$", re.MULTILINE)


@dataclass
class Count:
    """What one server was asked: submissions that were accepted, and requests."""

    jobs: int = 0
    requests: int = 0


@dataclass(frozen=True)
class Run:
    """What Schemathesis said of one server, and what that cost."""

    failures: frozenset[str]
    jobs: int
    requests: int
    seconds: float


def main(arguments: Sequence[str] | None = None) -> int:
    """Prints how many mutants were killed, and what a run costs."""
    parser = argparse.ArgumentParser(prog="python -m bench.schemathesis_lane", description=__doc__)
    parser.add_argument("--max-examples", type=int, default=5)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--every", type=int, default=1, help="check only each n-th mutant")
    parser.add_argument("--json", action="store_true", help="for programs: one object")
    options = parser.parse_args(arguments)
    chosen = [mutant for mutant in MUTANTS if mutant.severity is Severity.ERROR][:: options.every]
    with tempfile.TemporaryDirectory() as folder:
        schema = Path(folder) / "openapi.yaml"
        schema.write_text(yaml.safe_dump(_closed(contract().document)), encoding="utf-8")
        sound = run(schema, unchanged, options.max_examples, options.seed)
        runs = {m.id: run(schema, m.make(), options.max_examples, options.seed) for m in chosen}
    killed = sorted(name for name, result in runs.items() if result.failures - sound.failures)
    document = {
        "mutants": len(chosen),
        "killed": len(killed),
        "false_alarms_on_the_sound_server": sorted(sound.failures),
        "jobs": sound.jobs,
        "requests": sound.requests,
        "seconds": round(sound.seconds, 2),
        "survived": sorted(runs.keys() - set(killed)),
    }
    if options.json:
        print(json.dumps(document, indent=2))
    else:
        share = 100 * len(killed) / len(chosen)
        print(f"{len(killed)} of {len(chosen)} mutants killed ({share:.0f} %)")
        print(f"{sound.jobs} jobs, {sound.requests} requests, {sound.seconds:.1f} s on the sound server")
        print(f"on the sound server it reports: {', '.join(sorted(sound.failures)) or 'nothing'}")
    return 0


def run(schema: Path, wrap: Wrap, max_examples: int, seed: int) -> Run:
    """Schemathesis against one server, which it reaches over a socket."""
    count = Count()
    with served(wrap, count) as url:
        began_s = time.monotonic()
        result = subprocess.run(
            [
                *(sys.executable, "-m", "schemathesis.cli", "run", str(schema), "--url", url),
                *("--header", f"X-API-Key: {KEY}", "--max-examples", str(max_examples), "--seed", str(seed)),
                "--no-color",
            ],
            capture_output=True,
            text=True,
            check=False,
            timeout=300,
        )
        seconds = time.monotonic() - began_s
    if result.returncode not in (0, 1):
        raise RuntimeError(
            f"schemathesis left with {result.returncode}: {result.stdout[-500:]}{result.stderr[-500:]}"
        )
    return Run(frozenset(_FAILURE.findall(result.stdout)), count.jobs, count.requests, seconds)


@contextmanager
def served(wrap: Wrap, count: Count) -> Iterator[str]:
    """A server on a socket, whose jobs end at once, so that Schemathesis, which does not wait, sees
    them end.
    """
    keys = frozenset({tenant_id(KEY), tenant_id(SECOND_KEY)})
    store = open_store(bounds=Bounds(blob_bytes=1))
    sound = create_app(store=store, settings=Settings(known_tenants=keys))
    server = make_server(
        "127.0.0.1", 0, _counted(wrap(_done_soon(sound)), count), threaded=True, request_handler=_Quiet
    )
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
        store.close()


class _Quiet(WSGIRequestHandler):
    def log(self, type: str, message: str, *args: object) -> None:
        """Says nothing."""


def _done_soon(application: WSGIApplication) -> WSGIApplication:
    def planned(environ: WSGIEnvironment, start_response: StartResponse) -> object:
        return application({**environ, "HTTP_X_MOCK_PLAN": "done-after=0.02s"}, start_response)

    return planned  # type: ignore[return-value]  # the iterable of the application inside


def _counted(application: WSGIApplication, count: Count) -> WSGIApplication:
    def counted(environ: WSGIEnvironment, start_response: StartResponse) -> object:
        count.requests += 1

        def start(status: str, headers: list[tuple[str, str]], exc_info: object = None) -> object:
            is_submission = (
                environ["REQUEST_METHOD"] == "POST" and environ["PATH_INFO"] == contract().submit.path
            )
            count.jobs += is_submission and status.startswith("2")
            return start_response(status, headers)

        # Some mutants look at how names were spelt, which this server does not tell.
        return application({**environ, "miragic.header_names": ("X-API-Key",)}, start)  # type: ignore[arg-type]

    return counted  # type: ignore[return-value]  # the iterable of the application inside


def _closed(node: object) -> object:
    """The contract with every object closed, as our own strict schemas are."""
    if isinstance(node, list):
        return [_closed(item) for item in node]
    if not hasattr(node, "items"):
        return node
    closed = {key: _closed(value) for key, value in node.items() if not str(key).startswith("x-")}
    is_narrowing = str(closed.get("description", "")).startswith("Narrows Job.")
    if closed.get("type") == "object" and "properties" in closed and not is_narrowing:
        closed.setdefault("additionalProperties", False)
    return closed


if __name__ == "__main__":
    raise SystemExit(main())

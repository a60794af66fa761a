"""`python -m bench.schemathesis_lane`: stock Schemathesis on every mutant, for comparison.

One seed and few examples (`--max-examples`), so that one run takes seconds and the catalogue a quarter of
an hour; otherwise as it comes: all phases, all of its default checks. It reads our own contract with every
object of an answer closed, so it is given the best schema there is.

The sound server is looked at with several seeds, as Schemathesis comes, to count false alarms. For the
mutants its one known false alarm (`schemathesis.toml` has the reason) is taken out, since it would hide some
kills and feign others. A mutant counts as killed where a failure is reported that is not reported, then, of
the sound server.

Every run is written to a file when it ends, and what is in the file is not run again: a lane that was stopped
goes on where it was.
"""

from __future__ import annotations

import argparse
import dataclasses
import hashlib
import importlib.metadata
import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml
from miragic_mock.domain.settings import Settings
from miragic_mock.domain.tenants import tenant_id
from miragic_mock.stores import Bounds, open_store
from miragic_mock.wsgi.flask_app import create_app
from werkzeug.serving import WSGIRequestHandler, make_server

from tests.broken_servers.catalogue import MUTANTS
from tests.broken_servers.trial import KEY, SECOND_KEY, Wrap, contract, unchanged

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

SOUND, QUIET = "the sound server", "the sound server, without the false alarm"
_HOOKS = {
    "SCHEMATHESIS_HOOKS": "tests.end_to_end.schemathesis_hooks",
    "PYTHONPATH": str(Path(__file__).parents[1]),
}
LONGEST_S = 300

_FAILURE = re.compile(r"^\s*- (ST\d+ .+)$", re.MULTILINE)


@dataclass
class Count:
    """What one server was asked: submissions that were accepted, and requests."""

    jobs: int = 0
    requests: int = 0


@dataclass(frozen=True)
class Run:
    """What Schemathesis said of one server, and what that cost. `failures` is None where it did not end in
    time.
    """

    failures: frozenset[str] | None
    jobs: int
    requests: int
    seconds: float


@dataclass(frozen=True)
class Terms:
    """What a run's outcome depends on, server and seed aside. `schema` is the digest of what is read."""

    max_examples: int
    schema: str
    version: str


class Results:
    """The runs that have ended, by server and seed, in a file of JSON lines; of other terms none is taken."""

    def __init__(self, path: Path, terms: Terms) -> None:
        self._path, self._terms = path, dataclasses.asdict(terms)
        lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else ()
        rows = [row for line in lines if (row := json.loads(line))["terms"] == self._terms]
        self.runs = {(row["server"], row["seed"]): _run_of(row) for row in rows}

    def add(self, server: str, seed: int, run: Run) -> None:
        """Keeps a run, at once."""
        self.runs[server, seed] = run
        told = None if run.failures is None else sorted(run.failures)
        row = {"server": server, "seed": seed, "terms": self._terms, **dataclasses.asdict(run)}
        self._path.parent.mkdir(parents=True, exist_ok=True)
        with self._path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(row | {"failures": told}) + "\n")


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs what has not been run, and prints how many mutants were killed and what a run costs."""
    options = _parser().parse_args(arguments)
    schema = yaml.safe_dump(_closed(contract().document))
    digest = hashlib.sha256(schema.encode()).hexdigest()[:16]
    terms = Terms(options.max_examples, digest, importlib.metadata.version("schemathesis"))
    results = Results(options.results, terms)
    seeds = range(1, options.seeds + 1)
    # A mutant with a contract of its own is left out: the lane reads one contract for all.
    faulty = [mutant for mutant in MUTANTS if mutant.contract is None]
    mutants = {mutant.id: mutant.make() for mutant in faulty[:: options.every]}
    wanted = [(SOUND, seed) for seed in seeds] + [(name, 1) for name in (QUIET, *mutants)]
    waiting = [place for place in wanted if place not in results.runs]
    began_s = time.monotonic()
    for done, (name, seed) in enumerate(waiting):
        left_s = (time.monotonic() - began_s) / done * (len(waiting) - done) if done else 0
        about = f", about {left_s / 60:.0f} min to go" if done else ""
        print(f"{done + 1} of {len(waiting)}: {name}, seed {seed}{about}", file=sys.stderr, flush=True)
        with tempfile.TemporaryDirectory() as folder:  # a new one each time: it remembers what failed
            path = Path(folder) / "openapi.yaml"
            path.write_text(schema, encoding="utf-8")
            hooks = {} if name == SOUND else _HOOKS
            results.add(name, seed, run(path, mutants.get(name, unchanged), terms, seed, hooks))
    document = _document(list(mutants), seeds, results, terms)
    print(json.dumps(document, indent=2) if options.json else "\n".join(_sentences(document)))
    return 0


def _parser() -> argparse.ArgumentParser:
    summary, _, details = (__doc__ or "").partition(": ")[2].partition("\n")
    parser = argparse.ArgumentParser(
        prog="python -m bench.schemathesis_lane",
        description=summary,
        epilog=details,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--max-examples", type=int, default=5, help="of each operation (5)")
    parser.add_argument(
        "--seeds", type=int, default=10, help="for the sound server (10); mutants get the first"
    )
    parser.add_argument("--every", type=int, default=1, help="only each n-th mutant of the catalogue (1)")
    parser.add_argument(
        "--results",
        type=Path,
        default=Path(".schemathesis/lane.jsonl"),
        help="where runs are kept (%(default)s)",
    )
    parser.add_argument("--json", action="store_true", help="for programs: one object")
    return parser


def _document(names: Sequence[str], seeds: Sequence[int], results: Results, terms: Terms) -> dict[str, Any]:
    """The lane as one object. A run that did not end in time found nothing."""
    sound = {seed: results.runs[SOUND, seed] for seed in seeds}
    first = results.runs[QUIET, 1].failures or frozenset()
    told = {name: results.runs[name, 1].failures for name in names}
    return {
        **dataclasses.asdict(terms),
        "mutants": len(names),
        "killed": sum(bool((failures or frozenset()) - first) for failures in told.values()),
        "sound_runs": len(sound),
        "false_alarms": {seed: sorted(run.failures or ()) for seed, run in sound.items() if run.failures},
        "jobs": statistics.median(run.jobs for run in sound.values()),
        "requests": statistics.median(run.requests for run in sound.values()),
        "seconds": round(statistics.median(run.seconds for run in sound.values()), 2),
        "did_not_end": [name for name, failures in told.items() if failures is None],
        "survived": [name for name, failures in told.items() if not (failures or frozenset()) - first],
    }


def _sentences(document: Mapping[str, Any]) -> Iterator[str]:
    share = 100 * document["killed"] / document["mutants"]
    yield "Schemathesis {version}, {max_examples} examples".format_map(document)
    yield f"{document['killed']} of {document['mutants']} mutants killed ({share:.0f} %)"
    yield "{jobs:g} jobs, {requests:g} requests, {seconds:.1f} s a run in the median".format_map(document)
    yield f"a sound server called wrong in {len(document['false_alarms'])} of {document['sound_runs']} runs"
    for seed, failures in document["false_alarms"].items():
        yield f"  seed {seed}: {', '.join(failures)}"
    if document["did_not_end"]:
        yield f"not ended within {LONGEST_S} s: {', '.join(document['did_not_end'])}"


def _run_of(row: Mapping[str, Any]) -> Run:
    failures = None if row["failures"] is None else frozenset(row["failures"])
    return Run(failures, row["jobs"], row["requests"], row["seconds"])


def run(schema: Path, wrap: Wrap, terms: Terms, seed: int, environment: Mapping[str, str]) -> Run:
    """Schemathesis against one server, which it reaches over a socket; `environment` is added to ours.

    Raises: RuntimeError where it neither passed nor failed.
    """
    count = Count()
    argv = [sys.executable, "-m", "schemathesis.cli", "run", str(schema), "--no-color"]
    argv += ["--max-examples", str(terms.max_examples), "--seed", str(seed)]
    with served(wrap, count) as url:
        began_s = time.monotonic()
        try:
            ended = subprocess.run(
                [*argv, "--url", url, "--header", f"X-API-Key: {KEY}"],
                cwd=schema.parent,  # away from the configuration that this project has for it
                env={**os.environ, **environment},
                capture_output=True,
                text=True,
                check=False,
                timeout=LONGEST_S,
            )
        except subprocess.TimeoutExpired:
            return Run(None, count.jobs, count.requests, float(LONGEST_S))
        seconds = time.monotonic() - began_s
    if ended.returncode not in (0, 1):
        raise RuntimeError(
            f"schemathesis left with {ended.returncode}: {ended.stdout[-500:]}{ended.stderr[-500:]}"
        )
    return Run(frozenset(_FAILURE.findall(ended.stdout)), count.jobs, count.requests, seconds)


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
    """The contract with every object of an answer closed, as our own strict schemas are. What a form may
    hold beside its fields is an open question (Q15).
    """
    if isinstance(node, list):
        return [_closed(item) for item in node]
    if not hasattr(node, "items"):
        return node
    closed = {key: _closed(value) for key, value in node.items() if not str(key).startswith("x-")}
    is_narrowing = str(closed.get("description", "")).startswith("Narrows Job.")
    is_form = "contentMediaType" in str(closed.get("properties"))
    if closed.get("type") == "object" and "properties" in closed and not (is_narrowing or is_form):
        closed.setdefault("additionalProperties", False)
    return closed


if __name__ == "__main__":
    raise SystemExit(main())

"""The servers that are compared: our mock, the limit of its design, a stub by hand, and other mock servers.

Rule: a peer runs with the settings that its own documentation recommends for speed, finds its answers by its
own matching, and is left out only with a reason that is printed.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any, Final

import yaml
from miragic_contracts.spec import default_spec_path

from .documents import Documents
from .servers import PYTHON, Server

OURS: Final = "miragic-mock"
BARE: Final = "bare WSGI on Granian"
DIGEST: Final = "bare WSGI that hashes"
PLAIN: Final = "plain Flask on Granian"
EMPTY: Final = "empty Flask on Granian"
READY_PATH: Final = "/_mock/health"

_MODULES: Final = Path(__file__).parent / "node_modules"
_JSON: Final = {"Content-Type": "application/json"}


def ours(*options: str, name: str = OURS) -> Server:
    """Return our mock, started with `miragic-mock serve` and the given options."""
    return Server(
        name,
        lambda port, _: [PYTHON, "-m", "miragic_mock", "serve", "--port", str(port), *options],
        note="everything on: tenants, checks, journal, ledger",
    )


def by_granian(name: str, target: str, documents: Documents, note: str = "") -> Server:
    """Return one of the programs of `bench.programs`, served by Granian as the mock is."""

    def argv(port: int, folder: Path) -> list[str]:
        documents.write(folder)
        options = ["--interface", "wsgi", "--workers", "1", "--no-log", "--port", str(port)]
        return [PYTHON, "-m", "granian", *options, f"bench.programs.{target}"]

    return Server(name, argv, note=note)


def peers(documents: Documents) -> list[Server]:
    """Return the mock servers of others, those that cannot be started here included."""
    return [
        _on_node("Mountebank", "mountebank/bin/mb", partial(_mountebank, documents)),
        _on_node(
            "Prism", "@stoplight/prism-cli/dist/index.js", _prism, note="validates against the contract"
        ),
        _on_node("Mockoon CLI", "@mockoon/cli/bin/run.js", partial(_mockoon, documents)),
        _on_java("WireMock", "wiremock/build", partial(_wiremock, documents)),
        _on_java(
            "Specmatic", "specmatic", partial(_specmatic, documents), note="validates against the contract"
        ),
    ]


_Arguments = Callable[[int, Path], list[str]]


def _on_node(name: str, script: str, arguments: _Arguments, note: str = "") -> Server:
    path = _MODULES / script
    missing = _missing("node", path if path.exists() else None)
    return Server(name, lambda port, folder: ["node", str(path), *arguments(port, folder)], missing, note)


def _on_java(name: str, folder_of_jar: str, arguments: _Arguments, note: str = "") -> Server:
    jar = next((_MODULES / folder_of_jar).glob("*.jar"), None)
    missing = _missing("java", jar)
    return Server(
        name, lambda port, folder: ["java", "-jar", str(jar), *arguments(port, folder)], missing, note
    )


def _missing(program: str, path: Path | None) -> str | None:
    if shutil.which(program) is None:
        return f"there is no `{program}` on this machine"
    return None if path is not None else "not installed: `npm ci` in bench/ does (`make bench` runs it)"


def _write(path: Path, content: Mapping[str, Any]) -> str:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content), encoding="utf-8")
    return str(path)


def _poll_pattern(documents: Documents, parameter: str) -> str:
    head, _, rest = documents.poll.partition("{")
    return head + parameter + rest.partition("}")[2]


def _mountebank(documents: Documents, port: int, folder: Path) -> list[str]:
    def stub(method: str, path: str, status: int, body: str) -> dict[str, Any]:
        answer = {"statusCode": status, "headers": {**_JSON, "Connection": "keep-alive"}, "body": body}
        return {
            "predicates": [{"equals": {"method": method}}, {"matches": {"path": f"^{path}$"}}],
            "responses": [{"is": answer}],
        }

    imposter = {
        "port": port,
        "protocol": "http",
        "stubs": [
            stub("GET", _poll_pattern(documents, "[^/]+"), 200, documents.shown),
            stub("POST", documents.submit, 201, documents.created),
        ],
    }
    file = _write(folder / "imposters.json", {"imposters": [imposter]})
    quiet = ["--noParse", "--nologfile", "--loglevel", "error"]
    return ["start", "--port", str(port + 1), "--configfile", file, *quiet]


def _wiremock(documents: Documents, port: int, folder: Path) -> list[str]:
    def mapping(request: dict[str, str], status: int, body: str) -> dict[str, Any]:
        return {"request": request, "response": {"status": status, "headers": _JSON, "body": body}}

    polled = {"method": "GET", "urlPathPattern": _poll_pattern(documents, "[^/]+")}
    _write(folder / "mappings" / "poll.json", mapping(polled, 200, documents.shown))
    submitted = {"method": "POST", "urlPath": documents.submit}
    _write(folder / "mappings" / "submit.json", mapping(submitted, 201, documents.created))
    # By default it remembers every request for ever; our journal holds a thousand.
    journal = ["--max-request-journal-entries", "1000"]
    return ["--port", str(port), "--root-dir", str(folder), "--disable-banner", *journal]


def _mockoon(documents: Documents, port: int, folder: Path) -> list[str]:
    def route(uuid: str, method: str, endpoint: str, status: int, body: str) -> dict[str, Any]:
        answer = {
            "uuid": f"{uuid}-answer",
            "body": body,
            "latency": 0,
            "statusCode": status,
            "label": "",
            "headers": [{"key": name, "value": value} for name, value in _JSON.items()],
            "bodyType": "INLINE",
            "rules": [],
            "rulesOperator": "OR",
            "disableTemplating": True,
            "fallbackTo404": False,
            "default": True,
        }
        return {
            "uuid": uuid,
            "type": "http",
            "method": method,
            "endpoint": endpoint.lstrip("/"),
            "responses": [answer],
            "responseMode": None,
        }

    routes = [
        route("poll", "get", _poll_pattern(documents, ":id"), 200, documents.shown),
        route("submit", "post", documents.submit, 201, documents.created),
    ]
    environment = {
        "uuid": "bench",
        "lastMigration": 33,
        "name": "bench",
        "endpointPrefix": "",
        "latency": 0,
        "port": port,
        "hostname": "127.0.0.1",
        "folders": [],
        "routes": routes,
        "rootChildren": [{"type": "route", "uuid": route["uuid"]} for route in routes],
    }
    file = _write(folder / "environment.json", environment)
    return ["start", "--data", file, "--port", str(port), "--disable-log-to-file"]


def _prism(port: int, _: Path) -> list[str]:
    return ["mock", str(default_spec_path()), "--port", str(port), "--verboseLevel", "silent"]


def _specmatic(documents: Documents, port: int, folder: Path) -> list[str]:
    contract = yaml.safe_load(default_spec_path().read_text("utf-8"))
    body = contract["paths"][documents.submit]["post"]["requestBody"]["content"]["multipart/form-data"]
    # A part without a declared type must be text/plain for Specmatic, which would refuse every recording.
    body.setdefault("encoding", {})["file"] = {"contentType": "audio/mpeg"}
    file = _write(folder / "openapi.json", contract)
    return ["mock", file, "--port", str(port), "--host", "127.0.0.1", "--noConsoleLog"]

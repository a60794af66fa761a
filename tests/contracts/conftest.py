"""What the tests of the checker share: the contract, its rules, and small traces made by hand."""

from __future__ import annotations

import contextlib
import dataclasses
import json
import threading
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

import pytest
from miragic_contracts.rules import Rulebook
from miragic_contracts.spec import Spec, load_spec
from miragic_contracts.trace import Answer, Exchange, Form, Intent, Key, Request, Trace, read_answer
from miragic_mock.domain.settings import Settings
from miragic_mock.domain.tenants import SERVER, Tenant, tenant_id
from miragic_mock.language.plans import parse_plan
from miragic_mock.stores import Bounds, open_store
from miragic_mock.wsgi.flask_app import create_app
from werkzeug.serving import WSGIRequestHandler, make_server

from tests.broken_servers import operators as op
from tests.broken_servers.trial import KEY, SECOND_KEY

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

JOB_ID = "0b9f7c52-6d0e-4e0b-9a55-3a8c1f0d7e21"
MakeExchange = Callable[..., Exchange]
MakeTrace = Callable[..., Trace]


@pytest.fixture(scope="session")
def spec() -> Spec:
    """The contract."""
    return load_spec()


@pytest.fixture(scope="session")
def rulebook(spec: Spec) -> Rulebook:
    """All rules with the contract."""
    return Rulebook(spec)


@pytest.fixture(scope="session")
def answer_with() -> Callable[..., Answer]:
    """Make an answer of a document, or of bytes."""

    def make(document: Any, status: int = 200, **headers: str) -> Answer:
        body = document if isinstance(document, bytes) else json.dumps(document).encode()
        named = {"Content-Type": "application/json", **{k.replace("_", "-"): v for k, v in headers.items()}}
        return read_answer(status, named.items(), body, size_bytes=len(body))

    return make


@pytest.fixture(scope="session")
def job_document(spec: Spec) -> Callable[..., dict[str, Any]]:
    """Make a job's document from the contract's example of a state; `None` values are put as null."""

    def make(state: str, **changes: Any) -> dict[str, Any]:
        example = next(r.json.examples[state] for r in spec.poll.successes if r.json)
        return {**example, "data": {**example["data"], **changes}}

    return make


@pytest.fixture(scope="session")
def exchange_of(spec: Spec) -> MakeExchange:
    """Make an exchange: a submission, or a look where `intent` says so."""

    def make(answer: Answer | None, **values: Any) -> Exchange:
        is_submit = values.get("intent", Intent.POLL) in (Intent.SUBMIT, Intent.NO_FILE, Intent.NO_FORMAT)
        operation = spec.submit if is_submit else spec.poll
        path = operation.path.replace("{jobId}", JOB_ID)
        defaults: dict[str, Any] = {
            "number": 1,
            "operation": operation.id,
            "intent": Intent.POLL,
            "key": Key.FIRST,
            "request": Request(operation.method, path, ((spec.api_key_header, "$MIRAGIC_API_KEY"),)),
            "sent_at_s": 0.0,
            "received_at_s": 0.1,
            "job": 1,
            "answer": answer,
        }
        return Exchange(**{**defaults, **values})

    return make


@pytest.fixture(scope="session")
def trace_of() -> MakeTrace:
    """Make a trace, its exchanges numbered and a second apart."""

    def make(exchanges: Sequence[Exchange], **values: Any) -> Trace:
        numbered = tuple(
            dataclasses.replace(e, number=n, sent_at_s=float(n), received_at_s=n + 0.1)
            for n, e in enumerate(exchanges, 1)
        )
        defaults = {"base_url": "https://api.example.org", "started_at_s": 1_767_265_200.0}
        return Trace(**{**defaults, "exchanges": numbered, **values})

    return make


@pytest.fixture(scope="session")
def looks_at(
    answer_with: Callable[..., Answer], exchange_of: MakeExchange, job_document: Callable[..., dict[str, Any]]
) -> Callable[..., list[Exchange]]:
    """Make a submission and looks at its job: each look is a state, or a state and changes of it."""

    def make(*looks: str | tuple[str, dict[str, Any]]) -> list[Exchange]:
        created = {"success": True, "data": {"jobId": JOB_ID, "status": "PENDING"}, "message": "Created"}
        form = Form(
            (("audio_format", "mp3"), ("question", "Transcribe this audio:")), "welcome.mp3", "audio/mpeg", 9
        )
        submission = exchange_of(answer_with(created, 201), intent=Intent.SUBMIT)
        request = dataclasses.replace(submission.request, form=form)
        made = [dataclasses.replace(submission, request=request)]
        for look in looks:
            state, changes = (look, {}) if isinstance(look, str) else look
            made.append(exchange_of(answer_with(job_document(state, **changes))))
        return made

    return make


@pytest.fixture
def served() -> Iterator[Callable[[WSGIApplication], str]]:
    """Serve applications on sockets of this machine until the test ends, and return their base URLs."""
    servers = []

    def serve(application: WSGIApplication) -> str:
        server = make_server("127.0.0.1", 0, application, threaded=True, request_handler=_Quiet)
        thread = threading.Thread(target=server.serve_forever, args=(0.01,), name="miragic-test-server")
        thread.start()
        servers.append((server, thread))
        return f"http://127.0.0.1:{server.server_port}"

    yield serve
    for server, thread in servers:
        server.shutdown()
        thread.join()
        server.server_close()


class _Quiet(WSGIRequestHandler):
    def log(self, type: str, message: str, *args: Any) -> None:
        """Say nothing."""


@pytest.fixture
def sound_url(served: Callable[[WSGIApplication], str], sound_application: WSGIApplication) -> str:
    """A sound server in real time, whose jobs end at once."""
    return served(sound_application)


@pytest.fixture
def forgetful_url(served: Callable[[WSGIApplication], str], sound_application: WSGIApplication) -> str:
    """The same server with one fault: its jobs answer with another question than they were asked."""
    return served(op.json_patch("/data/question", "Something else", op.job)()(sound_application))


@pytest.fixture
def sound_application() -> Iterator[WSGIApplication]:
    """A sound application in real time, whose jobs end at once."""
    keys = frozenset({tenant_id(KEY), tenant_id(SECOND_KEY)})
    with contextlib.closing(open_store(bounds=Bounds(blob_bytes=1))) as store:
        yield create_app(store=store, settings=Settings(known_tenants=keys), server=quick_server())


def quick_server() -> Tenant:
    """Return the tenant under all others, with jobs that are done within a moment."""
    return dataclasses.replace(Tenant(SERVER), plan=parse_plan("done-after=0.1s"))

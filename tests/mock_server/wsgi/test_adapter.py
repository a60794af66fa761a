"""Between WSGI and the engine: both ways in are one, and nothing that comes in breaks it."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from miragic_mock.domain.tenants import SERVER, Tenant, tenant_id
from miragic_mock.stores.memory import MemoryStore
from miragic_mock.wsgi.adapter import LeanPath
from miragic_mock.wsgi.flask_app import create_app
from urllib3 import encode_multipart_formdata
from werkzeug.test import EnvironBuilder, run_wsgi_app

Answer = tuple[str, list[tuple[str, str]], bytes]

POLLS = [
    pytest.param({"X-API-Key": "k"}, "", id="a poll"),
    pytest.param({"X-API-Key": "k"}, "?fresh=1", id="with a query"),
    pytest.param({"X-API-Key": "other"}, "", id="of a stranger"),
    pytest.param({}, "", id="without a key"),
    pytest.param({"X-API-Key": ""}, "", id="with an empty key"),
    pytest.param({"X-API-Key": "k", "Host": "stt.example:99"}, "", id="of another host"),
    pytest.param({"X-API-Key": "k"}, "/more", id="of a longer path"),
    pytest.param({"X-API-Key": "k"}, "%C3%A9%00", id="of a strange id"),
]


@pytest.mark.parametrize(("headers", "suffix"), POLLS)
@pytest.mark.parametrize("plan", ["done-after=5s", "done-after=2polls", "done-after=0s;outcome=failed"])
def test_the_lean_path_is_no_other_path(
    make_api: Callable[..., Any], headers: dict[str, str], suffix: str, plan: str
) -> None:
    """Polls past Flask and polls through it give the same bytes, headers and journal."""

    def answers_and_journal(goes_lean: bool) -> tuple[list[Answer], Any]:
        api = make_api()
        job_id = api.as_("k").submitted(plan)
        assert isinstance(api.app.wsgi_app, LeanPath)
        application = api.app.wsgi_app if goes_lean else api.app.wsgi_app._application
        answers = []
        for _ in range(3):
            environ = EnvironBuilder(path=api.poll_path(job_id) + suffix, headers=headers).get_environ()
            pieces, status, answered = run_wsgi_app(application, environ)
            answers.append((status.upper(), sorted(answered.items()), b"".join(pieces)))
            api.time.pass_s(1)
        names = (tenant_id("k"), tenant_id("other"), SERVER)
        return answers, [api.engine.store.journal(name) for name in names]

    assert answers_and_journal(goes_lean=True) == answers_and_journal(goes_lean=False)


BODY = encode_multipart_formdata({"audio_format": "mp3", "file": ("hello.mp3", b"RIFF")}, "between")[0]
SUBMISSIONS = [
    pytest.param({"X-API-Key": "k"}, BODY, id="a submission"),
    pytest.param({"X-API-Key": "k", "X-Mock-Plan": "done-after=0s"}, BODY, id="with a plan"),
    pytest.param({"X-API-Key": "k", "X-Mock-Plan": "done"}, BODY, id="with a mistyped plan"),
    pytest.param({}, BODY, id="without a key"),
    pytest.param({"X-API-Key": "k", "Content-Type": "text/plain"}, BODY, id="of no form"),
    pytest.param({"X-API-Key": "k"}, BODY[:-20], id="cut short"),
    pytest.param({"X-API-Key": "k"}, b"", id="of nothing"),
]


@pytest.mark.parametrize(("headers", "body"), SUBMISSIONS)
def test_submissions_go_lean_unchanged(
    make_api: Callable[..., Any], headers: dict[str, str], body: bytes
) -> None:
    """Submissions past Flask and submissions through it give the same bytes, headers, jobs and journal."""

    def answers_and_journal(goes_lean: bool) -> tuple[list[Answer], Any]:
        api = make_api()
        application = api.app.wsgi_app if goes_lean else api.app.wsgi_app._application
        answers = []
        for _ in range(2):
            sent = {"Content-Type": "multipart/form-data; boundary=between"} | headers
            builder = EnvironBuilder(
                method="POST", path=api.spec.submit.path, headers=sent, input_stream=io.BytesIO(body)
            )
            builder.content_length = len(body)
            pieces, status, answered = run_wsgi_app(application, builder.get_environ())
            answers.append((status.upper(), sorted(answered.items()), b"".join(pieces)))
            api.time.pass_s(1)
        store = api.engine.store
        return answers, [(store.journal(name), store.jobs(name)) for name in (tenant_id("k"), SERVER)]

    assert answers_and_journal(goes_lean=True) == answers_and_journal(goes_lean=False)


def test_only_polls_and_submissions_go_lean(api: Any) -> None:
    """Flask never sees a plain poll or submission, and sees everything else."""
    seen = []

    def flask(environ: Any, start_response: Any) -> list[bytes]:
        seen.append((environ["REQUEST_METHOD"], environ["PATH_INFO"]))
        start_response("200 OK", [])
        return []

    lean = LeanPath(flask, api.engine)
    poll = api.poll_path("x")
    submit = api.spec.submit.path
    others = [("POST", poll), ("HEAD", poll), ("GET", "/"), ("GET", submit), ("POST", submit + "/")]
    for method, path in (("GET", poll), ("POST", submit), *others):
        run_wsgi_app(lean, EnvironBuilder(method=method, path=path).get_environ())
    assert seen == others


METHODS = st.sampled_from(["GET", "POST", "HEAD", "OPTIONS", "PUT", "DELETE", "PATCH", "TRACE", "X"])
ENDS = st.text(st.characters(max_codepoint=255), max_size=30)
PATHS = st.one_of(
    st.builds("/api/v1/speech-to-text/jobs/{}".format, ENDS),
    st.builds("/api/v1/speech-to-text/generate{}".format, ENDS),
    st.builds("/uploads/speechToText/{}".format, ENDS),
    st.builds("/uploads/speechToText/{}/text/1-{}.txt".format, st.just("0" * 32), st.integers(0, 1 << 130)),
    st.builds("/{}".format, ENDS),
)
VALUES = st.text(st.characters(max_codepoint=255, exclude_characters="\r\n"), max_size=40)
HEADERS = st.dictionaries(
    st.sampled_from(
        ["X_API_KEY", "HOST", "X_MOCK_PLAN", "ORIGIN", "USER_AGENT", "AUTHORIZATION", "ACCEPT", "RANGE"]
    ),
    VALUES | st.sampled_from(["k", "done=never", "a" * 5000]),
)


@pytest.fixture(scope="module")
def any_app(spec: Any) -> Any:
    """A mock for properties: what one example leaves behind is no matter to the next."""
    return create_app(spec=spec)


@given(
    method=METHODS,
    path=PATHS,
    headers=HEADERS,
    query=VALUES,
    body=st.binary(max_size=50),
    content_type=VALUES | st.sampled_from(["multipart/form-data; boundary=x", "application/json"]),
    length=st.sampled_from(["", "0", "5", "-1", "x", "9" * 30, "²"]),
    prefix=st.sampled_from(["", "/_mock", "/_mock/tenants/x"]),
)
@example("GET", "/uploads/speechToText/" + "0" * 32 + "/1-1.mp3", {}, "", b"", "", "", "")
@settings(max_examples=400, deadline=None)
def test_no_request_breaks_the_mock(
    any_app: Any,
    method: str,
    path: str,
    headers: dict[str, str],
    query: str,
    body: bytes,
    content_type: str,
    length: str,
    prefix: str,
) -> None:
    """Whatever a client sends, the answer is no 5xx, names itself, and has headers that can be sent."""
    environ = EnvironBuilder(method="POST", data=body, content_type="text/plain").get_environ()
    environ |= {f"HTTP_{name}": value for name, value in headers.items()}
    environ |= {"REQUEST_METHOD": method, "PATH_INFO": prefix + path, "QUERY_STRING": query}
    environ |= {"CONTENT_TYPE": content_type, "CONTENT_LENGTH": length, "wsgi.input_terminated": True}
    pieces, status, answered = run_wsgi_app(any_app, environ)
    text = b"".join(pieces).decode()
    assert int(status[:3]) < 500, text
    assert answered["X-Request-Id"]
    for name, value in answered.items():
        assert (name + value).isascii()
        assert "\n" not in value


class Broken(MemoryStore):
    """A store with a defect: what lists tenants fails, and counts how often it was asked."""

    calls = 0

    def tenants(self) -> list[Tenant]:
        self.calls += 1
        raise ZeroDivisionError


def test_a_defect_is_answered_once(make_api: Callable[..., Any], defects: list[str]) -> None:
    """Nothing is done a second time to make an answer of it, since it may have been half done."""
    store = Broken()
    api = make_api(store=store)
    _, status, _ = run_wsgi_app(api.app, EnvironBuilder(path="/_mock/tenants").get_environ())
    assert (status[:3], store.calls, len(defects)) == ("500", 1, 1)
    defects.clear()

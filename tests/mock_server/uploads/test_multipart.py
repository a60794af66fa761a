"""Uploads as clients really send them, well-formed or not."""

from __future__ import annotations

import hashlib
import io
import tempfile
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from miragic_mock.domain.settings import Settings
from miragic_mock.exchange.messages import Request
from miragic_mock.exchange.refusals import RefusedError
from miragic_mock.uploads.form import form_of
from miragic_mock.uploads.multipart import receive
from miragic_mock.wsgi.flask_app import create_app

BOUNDARY = "b0undary"
FORM = {"Content-Type": f"multipart/form-data; boundary={BOUNDARY}"}


def part(disposition: bytes, content: bytes = b"mp3", more: bytes = b"") -> bytes:
    """One part of a form, its header exactly as given."""
    header = b"Content-Disposition: " + disposition + more
    return b"\r\n".join((b"--" + BOUNDARY.encode(), header, b"", content, b""))


END = b"--" + BOUNDARY.encode() + b"--\r\n"
FORMAT = part(b'form-data; name="audio_format"')


def post(api: Any, body: bytes, content_type: str = FORM["Content-Type"]) -> Any:
    return api.client.post(
        api.spec.submit.path, data=body, headers=api.headers() | {"Content-Type": content_type}
    )


NAMES = [
    pytest.param(b'filename="hello.mp3"', "hello.mp3", id="plain"),
    pytest.param(b"filename=hello.mp3", "hello.mp3", id="without quotes"),
    pytest.param('filename="señal 日本.mp3"'.encode(), "señal 日本.mp3", id="UTF-8"),
    pytest.param('filename="señal.mp3"'.encode("latin-1"), "señal.mp3", id="Latin-1"),
    pytest.param(b'filename="a%22b.mp3"', 'a"b.mp3', id="a browser's quote"),
    pytest.param(b'filename="a\\"b.mp3"', 'a"b.mp3', id="an escaped quote"),
    pytest.param(b"filename*=utf-8''s%C3%AD%20se%C3%B1or.mp3", "sí señor.mp3", id="RFC 8187"),
    pytest.param(b"filename=\"x.mp3\"; filename*=UTF-8'en'y.mp3", "y.mp3", id="both forms"),
    pytest.param(b"filename=\"x.mp3\"; filename*=utf-8''%FF", "x.mp3", id="a broken extended form"),
    pytest.param(b"filename=\"x.mp3\"; filename*=klingon''y", "x.mp3", id="an unknown charset"),
    pytest.param(b"filename=\"x.mp3\"; filename*=iso-8859-1''s%ED.mp3", "sí.mp3", id="RFC 5987"),
    pytest.param(b"filename=\"x.mp3\"; filename*=undefined''y", "x.mp3", id="a charset that raises"),
    pytest.param(b"filename=\"x.mp3\"; filename*=idna''xn--y", "x.mp3", id="a charset for host names"),
    pytest.param(
        b"filename=\"x.mp3\"; filename*=punycode''" + b"a-" * 4000, "x.mp3", id="a charset that takes long"
    ),
    pytest.param(b'filename="audio"', "audio", id="no extension"),
    pytest.param(b'filename=""', "", id="an empty name"),
    pytest.param(b'filename="../../etc/passwd"', "../../etc/passwd", id="a path"),
    pytest.param(b'filename="' + b"x" * 3000 + b'"', "x" * 3000, id="a long name"),
]


@pytest.mark.parametrize(("written", "meant"), NAMES)
def test_any_name_is_echoed(api: Any, written: bytes, meant: str) -> None:
    """Whatever the file is called, the upload is taken, its name echoed, and its bytes served back."""
    answer = post(api, FORMAT + part(b'form-data; name="file"; ' + written, b"\x00sound\xff") + END)
    assert answer.status_code == 201, answer.text
    job = api.job(answer.get_json()["data"]["jobId"])
    assert job["audioFileName"] == meant
    assert api.client.get(job["audioUrl"].removeprefix("http://localhost")).data == b"\x00sound\xff"


def test_a_file_needs_neither_name_nor_type(api: Any) -> None:
    """A file part that is only a field, as `curl -F file='<x'` sends it, is the recording all the same."""
    answer = post(api, part(b'form-data; name="file"', b"sound") + FORMAT + END)
    assert api.job(answer.get_json()["data"]["jobId"])["audioFileName"] == ""


MALFORMED = [
    pytest.param(b"", id="nothing"),
    pytest.param(b"hello", id="no form at all"),
    pytest.param(END, id="only the end"),
    pytest.param(FORMAT, id="no end"),
    pytest.param(FORMAT + part(b'form-data; name="file"; filename="a"')[:-30] + END, id="a part cut short"),
    pytest.param(b"--" + BOUNDARY.encode() + b"\r\nno colon\r\n\r\nx\r\n" + END, id="a header without colon"),
    pytest.param(b"--" + BOUNDARY.encode() + b"\r\n\r\nx\r\n" + END, id="a part without headers"),
    pytest.param(part(b"attachment") + END, id="not form data"),
    pytest.param(FORMAT * 100 + END, id="too many parts"),
    pytest.param(part(b'form-data; name="x"', more=b"\r\nX-Y: z" * 40) + END, id="too many headers"),
    pytest.param(part(b'form-data; name="' + b"x" * 70_000 + b'"') + END, id="too long a header"),
    pytest.param(part(b'form-data; name="x"', more=b"\r\nContent-Length: 1") + END, id="a wrong length"),
    pytest.param(FORMAT.replace(b"\r\n", b"\n") + END.replace(b"\r\n", b"\n"), id="bare line feeds"),
]


@pytest.mark.parametrize("body", MALFORMED)
def test_a_malformed_form_is_a_400(api: Any, body: bytes) -> None:
    """What is not a form is refused in the contract's document, and leaves no job behind."""
    answer = post(api, body)
    assert answer.status_code == 400, answer.text
    assert answer.get_json()["error"]["code"] == "BAD_REQUEST"
    assert api.engine.store.totals(api.engine.store.tenants()[-1].id).jobs == 0


@pytest.mark.parametrize(
    ("content_type", "status"),
    [
        ("application/json", 415),
        ("application/x-www-form-urlencoded", 415),
        ("multipart/mixed; boundary=x", 415),
        ("", 415),
        ("ÿ", 415),
        ("multipart/form-data", 400),
        ("multipart/form-data; boundary=", 400),
        ('multipart/form-data; boundary=""', 400),
        ("MULTIPART/FORM-DATA; BOUNDARY=b0undary", 201),
        ('multipart/form-data; charset=utf-8; boundary="b0undary"', 201),
    ],
)
def test_another_media_type_is_a_415(api: Any, content_type: str, status: int) -> None:
    """Only a multipart form is taken; one whose boundary is missing is malformed."""
    body = FORMAT + part(b'form-data; name="file"; filename="a"') + END
    assert post(api, body, content_type).status_code == status


def test_too_large_an_upload_is_a_413(make_api: Callable[..., Any]) -> None:
    """A file of the most bytes is taken; one of a byte more, or a form that announces more, is refused."""
    api = make_api(settings=Settings(max_upload_bytes=1000))
    assert api.submit(content=b"x" * 1000).status_code == 201
    refused = api.submit(content=b"x" * 1001)
    assert (refused.status_code, refused.get_json()["error"]["code"]) == (413, "CONTENT_TOO_LARGE")
    assert "1000 bytes" in refused.get_json()["error"]["message"]
    assert api.submit(content=b"x" * 3_000_000).status_code == 413


def test_too_long_a_text_is_a_413(api: Any) -> None:
    """A question of more than a mebibyte is refused."""
    assert api.submit(fields={"audio_format": "mp3", "question": "?" * 1_100_000}).status_code == 413


class Endless:
    """A body that never ends, and counts how much of it was read."""

    def __init__(self, head: bytes) -> None:
        self.head = head
        self.taken = 0

    def read(self, size: int, /) -> bytes:
        piece, self.head = (self.head or b"x" * size)[:size], self.head[size:]
        self.taken += len(piece)
        return piece


def test_an_endless_upload_is_not_read_for_ever(api: Any) -> None:
    """A body without length is refused when it is over the bound; what is read beyond it is bounded too."""
    body = Endless(part(b'form-data; name="file"; filename="a"', b"")[:-2])
    request = Request("POST", api.spec.submit.path, api.headers() | FORM, body)
    assert api.engine.handle(request).status == 413
    assert body.taken < 400 * 1024 * 1024


class Broken:
    """A body whose sender goes away."""

    def read(self, size: int, /) -> bytes:
        raise ConnectionResetError("gone")


def test_a_client_that_goes_away_leaves_no_job(api: Any) -> None:
    """A body that breaks off is a 400 for whoever still listens."""
    answer = api.engine.handle(Request("POST", api.spec.submit.path, api.headers() | FORM, Broken()))
    assert answer.status == 400


def test_a_large_upload_is_measured_without_being_kept(spec: Any) -> None:
    """Beyond what is kept, size and digest are still those of all that came, and no disk is used for it."""
    content = bytes(range(256)) * 16_384
    body = FORMAT + part(b'form-data; name="file"; filename="big"', content) + END
    request = Request("POST", "/", FORM, io.BytesIO(body))
    received = receive(request, form_of(spec), max_file_bytes=1 << 30, keep_bytes=2_000_000)
    try:
        assert received.file is not None
        assert (received.file.size_bytes, received.file.is_whole) == (len(content), False)
        assert received.file.sha256 == hashlib.sha256(content).hexdigest()
        assert received.file.content.seek(0, io.SEEK_END) == len(content)
        assert received.file.path().stat().st_blocks * 512 < 3_000_000
    finally:
        path = received.file.path() if received.file else None
        received.close()
    assert path is not None
    assert not path.exists()


def test_a_refused_upload_leaves_no_file(spec: Any, tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """A form that is refused after its file was spooled to disk leaves nothing on the disk."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    body = part(b'form-data; name="file"; filename="big"', b"x" * 3_000_000) + b"--b0undary\r\nbroken"
    with pytest.raises(RefusedError):
        receive(
            Request("POST", "/", FORM, io.BytesIO(body)),
            form_of(spec),
            max_file_bytes=1 << 30,
            keep_bytes=1 << 30,
        )
    assert list(tmp_path.iterdir()) == []


HEADERS = st.sampled_from(
    [
        b'form-data; name="file"; filename="a"',
        b'form-data; name="audio_format"',
        b'form-data; name="x"',
        b"form-data",
    ]
) | st.binary(max_size=40)
BODIES = st.binary(max_size=300) | st.lists(
    st.one_of(
        st.builds(
            part, HEADERS, st.binary(max_size=40), st.sampled_from([b"", b"\r\nContent-Type: audio/mpeg"])
        ),
        st.sampled_from([END, b"--", b"\r\n", b"--b0undary", b"\r\n\r\n"]),
        st.binary(max_size=20),
    ),
    max_size=6,
).map(b"".join)


@pytest.fixture(scope="module")
def any_api(spec: Any) -> Any:
    """A mock for properties: what one example leaves behind is no matter to the next."""
    return create_app(spec=spec)


@given(body=BODIES)
@example(body=FORMAT + part(b'form-data; name="file"; filename="[done=x]"') + END)
@example(body=FORMAT + part(b'form-data; name="file"; filename="\xed\xa0\x80"') + END)
@settings(max_examples=300, deadline=None)
def test_no_upload_breaks_the_mock(any_api: Any, spec: Any, body: bytes) -> None:
    """Whatever bytes come as a form, the answer is a job or a refusal of the client's, never a failure."""
    answer = any_api.test_client().post(
        spec.submit.path, data=body, headers={"X-API-Key": "fuzz", "Content-Type": FORM["Content-Type"]}
    )
    assert answer.status_code in (201, 400), answer.text
    assert answer.get_json()["success"] is (answer.status_code == 201)


@pytest.mark.parametrize(
    ("extended", "name"),
    [
        ("utf-8''caf%C3%A9.mp3", "café.mp3"),
        ("ISO-8859-1''caf%E9.mp3", "café.mp3"),
        ("undefined''x", "plain.mp3"),
        ("idna''xn--" + "a" * 500, "plain.mp3"),
        ("punycode''" + "a" * 10_000, "plain.mp3"),
        ("utf-7''%2BAGE-", "plain.mp3"),
        ("unicode_escape''%5Cx", "plain.mp3"),
        ("zlib''x", "plain.mp3"),
        ("utf-8''%FF", "plain.mp3"),
    ],
)
def test_only_the_charsets_of_the_standard_are_read(api: Any, extended: str, name: str) -> None:
    """Of any other charset, and of bytes that are no text in it, the plain name is taken (RFC 8187)."""
    form = (
        b"--b\r\nContent-Disposition: form-data; name=audio_format\r\n\r\nmp3\r\n--b\r\n"
        b'Content-Disposition: form-data; name=file; filename="plain.mp3"; filename*='
        + extended.encode()
        + b"\r\n\r\nsound\r\n--b--\r\n"
    )
    headers = api.headers() | {"Content-Type": "multipart/form-data; boundary=b; charset=undefined"}
    answer = api.client.post(api.spec.submit.path, data=form, headers=headers)
    assert answer.status_code == 201, answer.text
    assert api.control("GET", "/jobs")["jobs"][0]["file"]["name"] == name
